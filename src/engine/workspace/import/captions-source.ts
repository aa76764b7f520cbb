/** A file of captions beside a folder of photos, in any format of the table. */
import { basename, extname, relative, resolve } from 'node:path'
import type { Split } from '#shared/domain.ts'
import type { CaptionsSource } from '#shared/exchange.ts'
import { formatOf, photoRoot, recognisedFormat } from '#engine/datasets/formats.ts'
import { gather, mergeSameFiles } from '#engine/datasets/gather.ts'
import { openPhotoFolder, pathInside, portableName } from '#engine/datasets/photo-paths.ts'
import { purposes, unusable } from '#engine/datasets/purpose.ts'
import type { DatasetPhoto } from '#engine/datasets/record.ts'
import { readLines } from '#engine/datasets/text-file.ts'
import { LeftOutList } from './left-out.ts'
import type { ReadingProgress } from './matched-captions.ts'
import type { ReadSource, SourceImage } from './source.ts'

const purpose = purposes.import

/** Reads the file; images in its order. @throws AppError `bad-input` naming the line or key at fault */
export async function readCaptionsSource(source: CaptionsSource, progress: ReadingProgress = {}): Promise<ReadSource> {
  const file = resolve(source.file)
  const name = basename(file)
  const format = source.format === undefined ? await recognisedFormat(file, purpose, likely(file)) : formatOf(source.format)
  const folder = openPhotoFolder(await photoRoot(format, file, source.imageRoot))
  const reading = { purpose, encoding: source.encoding, columns: source.columns, captionIs: source.captionIs, ...progress }
  const gathered = await gather(format.read(file, reading), { file, purpose, listedOnly: true, marked: source.marked })
  if (gathered.photos.length === 0)
    throw unusable(gathered.captions === 0 && format.id === 'coco-captions' ? `${name}, images` : name, nothingIn(format.id), purpose)
  const photos = mergeSameFiles(gathered.photos)
  const splitOf = await listedSplits(photos, source.lists)
  const leftOut = new LeftOutList()
  for (const { place, reason } of gathered.leftOut) leftOut.add(place, reason)
  for (const { place, flags } of gathered.marked) leftOut.addMarked(place, flags)
  const images: SourceImage[] = []
  const outside: { place: string; fileName: string }[] = []
  const taken = new Map<string, SourceImage>()
  for (const { fileName, ids, split, tags, captions, place } of photos) {
    if (fileName === null) throw unusable(`${name}, ${place}.file_name`, 'it names no file', purpose)
    const found = await folder.find(fileName)
    const path = found ?? pathInside(folder.root, fileName)
    if (path === null) {
      outside.push({ place: `${name}, ${place}${place.startsWith('line') ? '' : '.file_name'}`, fileName })
      continue
    }
    const references = captions.map(({ text }) => ({ text: text.trim(), source: name })).filter(({ text }) => text !== '')
    const known = taken.get(path)
    if (known !== undefined) {
      known.references.push(...references)
      known.furtherIds = [...(known.furtherIds ?? []), ...ids]
      continue
    }
    const image: SourceImage = {
      path,
      fileName: portableName(relative(folder.root, path)),
      sourceId: ids.at(0) ?? null,
      split: splitOf.get(fileName) ?? split ?? source.split,
      tags,
      references,
      ...(found === null ? { missing: true } : {}),
      ...(ids.length > 1 ? { furtherIds: ids.slice(1) } : {}),
    }
    taken.set(path, image)
    images.push(image)
  }
  const [first] = outside
  if (images.length === 0 && outside.length > 0) throw unusable(first.place, leadsOut(first.fileName), purpose)
  for (const { place, fileName } of outside) leftOut.add(place, `${leadsOut(fileName)}.`)
  return { root: folder.root, format: format.title, images, leftOut }
}

/** What a file is read as where its content does not tell: what is wrong with it is then told in that format's words. */
const likely = (file: string): string => (extname(file).toLowerCase() === '.json' ? 'coco-captions' : 'flickr8k')

const leadsOut = (fileName: string): string => `“${fileName}” leads out of the image folder`

function nothingIn(format: string): string {
  return format === 'coco-captions' ? 'it lists no image' : 'it holds no caption'
}

/** Splits by file name. @throws AppError `bad-input` for a name without captions or in two lists */
async function listedSplits(photos: readonly DatasetPhoto[], lists: CaptionsSource['lists']): Promise<Map<string, Split>> {
  const known = new Set(photos.map(({ fileName }) => fileName))
  const splits = new Map<string, Split>()
  for (const split of ['train', 'dev', 'test'] as const) {
    const list = lists[split]
    if (list === undefined) continue
    for await (const { text, number } of readLines(resolve(list), { purpose })) {
      const place = `${basename(list)}, line ${number}`
      const fileName = text.trim()
      const former = splits.get(fileName)
      if (!known.has(fileName)) throw unusable(place, `“${fileName}” has no captions`, purpose)
      if (former !== undefined) throw unusable(place, `“${fileName}” is in the ${former} list too`, purpose)
      splits.set(fileName, split)
    }
  }
  return splits
}
