/** COCO instances JSON (Lin et al. 2014): the objects of each photo, by class and box. Polygons are passed over as they stream by. */
import { basename } from 'node:path'
import { z } from 'zod'
import { imageIdSchema, type ImageId } from '#shared/domain.ts'
import { parseEntry, placeOf } from './entry.ts'
import { readJson } from './json-stream.ts'
import { purposes, unusable, type Purpose } from './purpose.ts'
import type { PhotoSize } from './record.ts'
import { glimpse } from './text-file.ts'

export interface InstanceObject {
  /** The class's name; null where the file does not list its category. */
  label: string | null
  category: number
  /** x, y, width, height in pixels of the photo as the file has it. */
  box: readonly [number, number, number, number] | null
  /** A box of many things. */
  crowd: boolean
  place: string
}

export interface InstancePhoto {
  id: ImageId
  fileName: string | null
  size: PhotoSize | null
  objects: InstanceObject[]
}

const imageSchema = z.object({
  id: imageIdSchema,
  file_name: z.string().min(1).optional(),
  width: z.number().positive().optional(),
  height: z.number().positive().optional(),
})
const annotationSchema = z.object({
  image_id: imageIdSchema,
  category_id: z.number().int(),
  bbox: z.tuple([z.number(), z.number(), z.number().min(0), z.number().min(0)]).optional(),
  iscrowd: z.union([z.literal(0), z.literal(1)]).default(0),
})
const categorySchema = z.object({ id: z.number().int(), name: z.string() })

/** The photos of an instances file, by id, listed ones first. @throws AppError `not-found`, or `bad-input` naming the entry at fault */
export async function readInstanceFile(file: string, purpose: Purpose): Promise<Map<ImageId, InstancePhoto>> {
  const photos = new Map<ImageId, InstancePhoto>()
  const unlisted = new Map<ImageId, InstanceObject[]>()
  const names = new Map<number, string>()
  let annotated = false
  for await (const step of readJson(file, { purpose, lists: ['images', 'annotations', 'categories'] })) {
    if (step.kind === 'top') {
      if (step.top !== 'object') throw notInstances(file, 'it is no object', purpose)
      continue
    }
    const where = { file, place: placeOf(step), purpose }
    if (step.list === 'categories') {
      const { id, name } = parseEntry(categorySchema, step.value, where)
      names.set(id, name)
    } else if (step.list === 'images') {
      const { id, file_name: fileName = null, width, height } = parseEntry(imageSchema, step.value, where)
      photos.set(id, { id, fileName, size: width === undefined || height === undefined ? null : { width, height }, objects: [] })
    } else {
      annotated = true
      const { image_id: id, category_id: category, bbox: box = null, iscrowd } = parseEntry(annotationSchema, step.value, where)
      const object = { label: null, category, box, crowd: iscrowd === 1, place: where.place }
      const objects = photos.get(id)?.objects ?? unlisted.get(id) ?? []
      objects.push(object)
      if (!photos.has(id)) unlisted.set(id, objects)
    }
  }
  if (!annotated && photos.size === 0) throw notInstances(file, 'it has no "annotations"', purpose)
  for (const [id, objects] of unlisted) {
    const photo = photos.get(id)
    if (photo === undefined) photos.set(id, { id, fileName: null, size: null, objects })
    else photo.objects.unshift(...objects)
  }
  for (const { objects } of photos.values()) for (const object of objects) object.label = names.get(object.category) ?? null
  return photos
}

function notInstances(file: string, reason: string, purpose: Purpose): Error {
  const todo = 'Give a COCO instances file: {"images": […], "annotations": [{"bbox": …}], "categories": […]}.'
  return unusable(basename(file), reason, { ...purpose, todo })
}

/** Whether a file is one of these, by how it begins; `images` or `licenses` may fill that, then a name that instances usually have decides. */
export async function beginsAsInstances(file: string): Promise<boolean> {
  const { text } = await glimpse(file)
  return /^\s*\{/.test(text) && (namesInstances(text) || (/"images"\s*:/.test(text) && isInstancesName(file)))
}

/** Whether a beginning names what instances consist of. Boxes that an export of captions gives with its photos are none. */
export function namesInstances(text: string): boolean {
  return /"(?:bbox|segmentation|category_id)"\s*:/.test(text.replaceAll(/"objects"\s*:\s*\{\s*"bbox"\s*:/g, ''))
}

export function isInstancesName(file: string): boolean {
  return /instances/i.test(basename(file))
}

/** The classes of each image's objects, crowds included. @throws as `readInstanceFile`, and `bad-input` for a category that is not listed */
export async function readInstances(file: string): Promise<Map<ImageId, Set<string>>> {
  const photos = await readInstanceFile(file, purposes.scoring)
  return new Map(
    Array.from(photos.values(), ({ id, objects }) => [
      id,
      new Set(
        objects.map(({ label, category, place }) => {
          if (label !== null) return label
          throw unusable(`${basename(file)}, ${place}`, `it is of category ${category}, which is not listed`, purposes.scoring)
        }),
      ),
    ]),
  )
}
