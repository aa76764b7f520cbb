/** A file of captions beside a folder of photos, in any format of the table. */
import { basename, extname, relative, resolve } from 'node:path'
import type { Split } from '#shared/domain.ts'
import type { CaptionsSource } from '#shared/exchange.ts'
import { formatOf, photoRoot, recognisedFormat } from '#engine/datasets/formats.ts'
import { openPhotoFolder, pathInside, portableName, type PhotoFolder } from '#engine/datasets/photo-paths.ts'
import { purposes, unusable } from '#engine/datasets/purpose.ts'
import { readLines } from '#engine/datasets/text-file.ts'
import type { AppError } from '#shared/errors.ts'
import type { Database } from '../storage/database.ts'
import { gatheredPhotos, gatherPhotos } from './gather-photos.ts'
import { LeftOutList } from './left-out.ts'
import type { ReadingProgress } from './matched-captions.ts'
import { addFile, openSource, readableSource } from './source-images.ts'
import type { ReadSource } from './source.ts'

const purpose = purposes.import

/** Reads the file; images in its order. @throws AppError `bad-input` naming the line or key at fault */
export async function readCaptionsSource(source: CaptionsSource, progress: ReadingProgress = {}): Promise<ReadSource> {
  const file = resolve(source.file)
  const name = basename(file)
  const format = source.format === undefined ? await recognisedFormat(file, purpose, likely(file)) : formatOf(source.format)
  const folder = openPhotoFolder(await photoRoot(format, file, source.imageRoot))
  const reading = { purpose, encoding: source.encoding, columns: source.columns, captionIs: source.captionIs, ...progress }
  const leftOut = new LeftOutList()
  const database = openSource()
  try {
    const { photos, captions } = await gatherPhotos(database, format.read(file, reading), { file, purpose, marked: source.marked ?? false, leftOut })
    if (photos === 0) throw unusable(captions === 0 && format.id === 'coco-captions' ? `${name}, images` : name, nothingIn(format.id), purpose)
    await noteSplits(database, source.lists)
    await findFiles(database, { name, folder, split: source.split, leftOut })
    return { root: folder.root, format: format.title, images: readableSource(database, name), leftOut }
  } catch (error) {
    database.close()
    throw error
  }
}

/** Finds the file of every photo. @throws AppError `bad-input` for a photo that names no file, and where all lead out of the folder */
async function findFiles(
  database: Database,
  { name, folder, split, leftOut }: { name: string; folder: PhotoFolder; split: Split; leftOut: LeftOutList },
): Promise<void> {
  const ofFile = database.prepare<[number, number]>('UPDATE photo SET image = ? WHERE id = ?')
  const listedIn = database.prepare<[string], Split>('SELECT split FROM listed_split WHERE fileName = ?').pluck()
  let firstOutside: AppError | undefined
  let files = 0
  for (const { id, fileName, split: own, place } of gatheredPhotos(database)) {
    if (fileName === null) throw unusable(`${name}, ${place}.file_name`, 'it names no file', purpose)
    const found = await folder.find(fileName)
    const path = found ?? pathInside(folder.root, fileName)
    if (path === null) {
      const at = `${name}, ${place}${place.startsWith('line') ? '' : '.file_name'}`
      firstOutside ??= unusable(at, leadsOut(fileName), purpose)
      leftOut.add(at, `${leadsOut(fileName)}.`)
      continue
    }
    const image = { path, fileName: portableName(relative(folder.root, path)), split: listedIn.get(fileName) ?? own ?? split, missing: found === null }
    ofFile.run(addFile(database, image), id)
    files += 1
  }
  if (files === 0 && firstOutside !== undefined) throw firstOutside
}

/** What a file is read as where its content does not tell: what is wrong with it is then told in that format's words. */
const likely = (file: string): string => (extname(file).toLowerCase() === '.json' ? 'coco-captions' : 'flickr8k')

const leadsOut = (fileName: string): string => `“${fileName}” leads out of the image folder`

function nothingIn(format: string): string {
  return format === 'coco-captions' ? 'it lists no image' : 'it holds no caption'
}

/** Notes the splits that lists say, by file name. @throws AppError `bad-input` for a name without captions or in two lists */
async function noteSplits(database: Database, lists: CaptionsSource['lists']): Promise<void> {
  if (Object.keys(lists).length > 0) database.exec('CREATE INDEX photo_by_name ON photo (fileName)')
  const isListed = database.prepare<[string]>('SELECT 1 FROM photo WHERE fileName = ? AND number IS NOT NULL LIMIT 1')
  const formerly = database.prepare<[string], Split>('SELECT split FROM listed_split WHERE fileName = ?').pluck()
  const note = database.prepare<[string, Split]>('INSERT INTO listed_split (fileName, split) VALUES (?, ?)')
  for (const split of ['train', 'dev', 'test'] as const) {
    const list = lists[split]
    if (list === undefined) continue
    for await (const { text, number } of readLines(resolve(list), { purpose })) {
      const place = `${basename(list)}, line ${number}`
      const fileName = text.trim()
      const former = formerly.get(fileName)
      if (isListed.get(fileName) === undefined) throw unusable(place, `“${fileName}” has no captions`, purpose)
      if (former !== undefined) throw unusable(place, `“${fileName}” is in the ${former} list too`, purpose)
      note.run(fileName, split)
    }
  }
}
