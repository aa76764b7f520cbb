/** Captioned photos to train on and to judge by: any format of the table beside a folder of photos, with lists that name a split's. */
import { basename, join } from 'node:path'
import type { ImageId, Split } from '#shared/domain.ts'
import { formatOf, photoRoot, recognisedFormat } from './formats.ts'
import { gather, mergeSameFiles } from './gather.ts'
import { nativeName } from './photo-paths.ts'
import { purposes, unusable } from './purpose.ts'
import { readLines } from './text-file.ts'

export interface CaptionedImage {
  /** COCO's image id where there is one. */
  readonly id: ImageId | null
  readonly fileName: string
  readonly path: string
  readonly captions: readonly string[]
  /** How much they count in training, 1 unless told. */
  readonly weight?: number
  readonly split?: Split
}

const purpose = purposes.training

/**
 * Reads a captions file, photos in the order of the file. `format` is an id of the table; without it the file is recognised.
 * @throws AppError `not-found` or `bad-input`, naming the line or key at fault
 */
export async function readCaptionedImages(file: string, imageFolder: string, format?: string): Promise<CaptionedImage[]> {
  const reader =
    format === undefined ? await recognisedFormat(file, purpose, file.toLowerCase().endsWith('.json') ? 'coco-captions' : 'flickr8k') : formatOf(format)
  const root = await photoRoot(reader, file, imageFolder)
  const { photos, leftOut } = await gather(reader.read(file, { purpose }), { file, purpose, listedOnly: true })
  // A run that learns from a file stands on all of it.
  if (leftOut.length > 0) throw unusable(leftOut[0].place, leftOut[0].reason, purpose)
  return mergeSameFiles(photos).map(({ ids, fileName, captions, place, split }) => {
    if (fileName === null) throw unusable(`${basename(file)}, ${place}`, 'it names no file', purpose)
    const image = { id: ids.at(0) ?? null, fileName, path: join(root, nativeName(fileName)), captions: captions.map(({ text }) => text) }
    return split === null ? image : { ...image, split }
  })
}

/**
 * The photos that a list names, in its order; one file name (or COCO image id) a line.
 * @throws AppError `bad-input` for a name that the captions file lacks
 */
export async function selectListed(images: readonly CaptionedImage[], listFile: string): Promise<CaptionedImage[]> {
  const byName = new Map<string, CaptionedImage>()
  for (const image of images) {
    byName.set(image.fileName, image)
    if (image.id !== null) byName.set(String(image.id), image)
  }
  const listed: CaptionedImage[] = []
  for await (const { text, number } of readLines(listFile, { purpose })) {
    const image = byName.get(text.trim())
    if (image === undefined) throw unusable(`${listFile}, line ${number}`, `“${text.trim()}” has no captions`, purpose)
    listed.push(image)
  }
  return listed
}
