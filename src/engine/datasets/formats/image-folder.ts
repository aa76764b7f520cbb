/** Hugging Face's image folder with a folder a split: `train/metadata.jsonl` (or `.csv`, `.parquet`) beside the photos that it names. */
import { dirname, extname, join, relative } from 'node:path'
import { splitOf } from '../columns.ts'
import type { DatasetFormat, DatasetReading } from '../format.ts'
import { filesBelow } from '../packed-files.ts'
import { portableName } from '../photo-paths.ts'
import type { DatasetItem, PhotoName } from '../record.ts'
import { delimited } from './delimited.ts'
import { jsonLines } from './json-lines.ts'
import { parquet } from './parquet.ts'

const tables: Record<string, DatasetFormat> = { '.jsonl': jsonLines, '.csv': delimited, '.parquet': parquet }

/** As deep as splits and their classes are. */
const deepest = 2

async function metadataFiles(folder: string): Promise<string[]> {
  const found: string[] = []
  for await (const { folder: inside, name } of filesBelow(folder, deepest)) if (/^metadata\.(?:jsonl|csv|parquet)$/.test(name)) found.push(join(inside, name))
  return found.sort()
}

async function* read(folder: string, reading: DatasetReading): AsyncGenerator<DatasetItem> {
  const files = await metadataFiles(folder)
  for (const [index, file] of files.entries()) {
    const inside = portableName(relative(folder, dirname(file)))
    const below = <Photo extends PhotoName>(photo: Photo): Photo =>
      photo.fileName === null || inside === '' ? photo : { ...photo, fileName: `${inside}/${photo.fileName}` }
    const onProgress = (done: number, total: number): void => reading.onProgress?.(index + done / total, files.length)
    for await (const item of tables[extname(file)].read(file, { ...reading, onProgress })) {
      const place = inside === '' ? item.place : `${inside}, ${item.place}`
      if (item.kind === 'photo') yield { ...below(item), split: item.split ?? splitOf(inside.split('/')[0]), place }
      else if (item.kind === 'caption') yield { ...item, photo: below(item.photo), place }
      else yield { ...item, place }
    }
  }
}

export const imageFolder: DatasetFormat = {
  id: 'image-folder',
  title: 'Hugging Face image folder',
  extensions: [],
  holdsPhotos: () => true,
  looksLike: () => false,
  looksLikeFolder: async (folder) => (await metadataFiles(folder)).length > 0,
  read,
}
