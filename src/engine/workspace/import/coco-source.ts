/** COCO captions JSON: `{images: [{id, file_name}], annotations: [{image_id, caption}]}`. */
import { basename, resolve } from 'node:path'
import { z } from 'zod'
import type { ImportSource } from '#shared/api.ts'
import { pathInside, readText, unusable, type ReadSource, type SourceImage } from './source.ts'

const cocoSchema = z.object({
  images: z.array(z.object({ id: z.int(), file_name: z.string().min(1) })),
  annotations: z.array(z.object({ image_id: z.int(), caption: z.string() })),
})

/** Reads the file; images in its order, captions in the order of the annotations. @throws AppError `bad-input` naming the key at fault */
export async function readCocoSource(source: Extract<ImportSource, { kind: 'coco' }>): Promise<ReadSource> {
  const file = resolve(source.file)
  const root = resolve(source.imageRoot)
  const name = basename(file)
  const parsed = cocoSchema.safeParse(parseJson(await readText(file), name))
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw unusable(`${name}, ${issue.path.join('.') || 'top level'}`, issue.message, parsed.error)
  }
  const byId = new Map<number, SourceImage>()
  const paths = new Set<string>()
  parsed.data.images.forEach(({ id, file_name: fileName }, index) => {
    if (byId.has(id)) throw unusable(`${name}, images.${index}.id`, `the image id ${id} occurs twice`)
    const path = pathInside(root, fileName, `${name}, images.${index}.file_name`)
    if (paths.has(path)) throw unusable(`${name}, images.${index}.file_name`, `the file “${fileName}” occurs twice`)
    paths.add(path)
    byId.set(id, { path, fileName, sourceId: id, split: source.split, references: [] })
  })
  parsed.data.annotations.forEach(({ image_id: imageId, caption }, index) => {
    const image = byId.get(imageId)
    if (!image) throw unusable(`${name}, annotations.${index}.image_id`, `there is no image ${imageId}`)
    const text = caption.trim()
    if (text !== '') image.references.push({ text, source: name })
  })
  if (byId.size === 0) throw unusable(`${name}, images`, 'it lists no image')
  return { root, images: [...byId.values()] }
}

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw unusable(name, `it is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`, cause)
  }
}
