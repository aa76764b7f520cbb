/** Captions as `score` and its like need them: by image id alone, so that nothing can shift. A file is taken whole or refused. */
import type { ImageId } from '#shared/domain.ts'
import { AppError } from '#shared/errors.ts'
import { cocoCaptions, withoutAnnotations } from './formats/coco-captions.ts'
import { cocoResults } from './formats/coco-results.ts'
import { gather } from './gather.ts'
import { purposes } from './purpose.ts'

/** Captions as written in the file, line ends included. */
export interface ReferenceFile {
  /** references by image, in the order of the file's images; images without captions have none */
  captions: Map<ImageId, string[]>
  /** File names of the images that have one. */
  names: Map<ImageId, string>
}

const purpose = purposes.scoring

/**
 * Reads references: a COCO captions file, or a plain list of `{image_id, caption}`.
 * @throws AppError `not-found`, `not-permitted`, or `bad-input` naming the entry at fault
 */
export async function readReferences(file: string): Promise<ReferenceFile> {
  const { photos, captions: count } = await gather(cocoCaptions.read(file, { purpose }), { file, purpose, marked: true })
  if (count === 0) throw withoutAnnotations(file, { purpose })
  return {
    captions: new Map(photos.flatMap(({ ids, captions }) => ids.map((id): [ImageId, string[]] => [id, captions.map(({ text }) => text)]))),
    names: new Map(photos.flatMap(({ ids, fileName }) => (fileName === null ? [] : ids.map((id): [ImageId, string] => [id, fileName])))),
  }
}

/**
 * Reads results, one caption an image.
 * @throws AppError `not-found`, `not-permitted`, or `bad-input` naming the entry at fault or the image given twice
 */
export async function readResults(file: string): Promise<Map<ImageId, string>> {
  const results = new Map<ImageId, string>()
  for await (const item of cocoResults.read(file, { purpose })) {
    if (item.kind !== 'caption' || item.photo.id === null) continue
    const { id } = item.photo
    if (results.has(id)) {
      throw new AppError('bad-input', `${file} has two captions for image ${id} (the second is entry ${item.place.replaceAll(/[[\]]/g, '')}).`, {
        kept: purpose.kept,
        todo: 'Keep one caption for each image.',
      })
    }
    results.set(id, item.caption.text)
  }
  if (results.size === 0) throw new AppError('too-little-data', `${file} holds no caption.`, { kept: purpose.kept, todo: 'Give at least one.' })
  return results
}
