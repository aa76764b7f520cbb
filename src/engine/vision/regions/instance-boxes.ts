/** The boxes that a COCO instances file names. */
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { AppError } from '#shared/errors.ts'
import type { LabelledBox } from './photo-boxes.ts'

const instancesSchema = z.object({
  images: z.array(
    z.object({ id: z.union([z.number().int(), z.string()]), file_name: z.string(), width: z.number().positive(), height: z.number().positive() }),
  ),
  annotations: z.array(
    z.object({
      image_id: z.union([z.number().int(), z.string()]),
      category_id: z.number().int(),
      /** x, y, width, height in pixels */
      bbox: z.tuple([z.number(), z.number(), z.number().min(0), z.number().min(0)]),
      iscrowd: z.union([z.literal(0), z.literal(1)]).default(0),
    }),
  ),
  categories: z.array(z.object({ id: z.number().int(), name: z.string() })).default([]),
})

export interface InstancePhoto {
  /** Pixels of the upright photo. */
  width: number
  height: number
  /** Largest first. */
  boxes: LabelledBox[]
}

/**
 * The photos of a COCO instances file by file name; crowds, whose box is of many things, are left out. Throws AppError `not-found`, or `bad-input` naming
 * the entry at fault.
 */
export async function readInstanceBoxes(path: string): Promise<Map<string, InstancePhoto>> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new AppError('not-found', `${path} cannot be read.`, { todo: 'Check the path.', cause })
  })
  const refuse = (what: string, cause: unknown): AppError =>
    new AppError('bad-input', `${path} is no COCO instances file: ${what}.`, {
      todo: 'Give {"images": […], "annotations": [{"bbox": …}], "categories": […]}.',
      cause,
    })
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw refuse('it is not JSON', cause)
  }
  const parsed = instancesSchema.safeParse(json)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw refuse(`${issue.path.join('.')}: ${issue.message}`, parsed.error)
  }
  const { images, annotations, categories } = parsed.data
  const labels = new Map(categories.map(({ id, name }) => [id, name]))
  const photos = new Map(
    images.map(({ id, file_name: name, width, height }): [typeof id, InstancePhoto & { name: string }] => [id, { name, width, height, boxes: [] }]),
  )
  for (const {
    image_id: imageId,
    category_id: category,
    bbox: [x, y, width, height],
    iscrowd,
  } of annotations) {
    if (iscrowd === 1) continue
    photos.get(imageId)?.boxes.push({ label: labels.get(category) ?? String(category), score: 1, box: [x, y, x + width, y + height] })
  }
  for (const { boxes } of photos.values()) boxes.sort((one, other) => area(other) - area(one))
  return new Map(Array.from(photos.values(), ({ name, ...photo }) => [name, photo]))
}

function area({ box: [x0, y0, x1, y1] }: LabelledBox): number {
  return (x1 - x0) * (y1 - y0)
}
