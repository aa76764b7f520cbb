/** The table of formats. A new one is a file in formats/ and an entry here: recogniser, import, CLI and training read this table. */
import { basename, extname } from 'node:path'
import { compressionOf } from '#engine/files/packed/compressed.ts'
import { AppError } from '#shared/errors.ts'
import type { Columns, Encoding } from '#shared/exchange.ts'
import type { DatasetFormat } from './format.ts'
import { cocoCaptions } from './formats/coco-captions.ts'
import { cocoResults } from './formats/coco-results.ts'
import { conversations } from './formats/conversations.ts'
import { delimited } from './formats/delimited.ts'
import { flickr8k } from './formats/flickr8k.ts'
import { imageFolder } from './formats/image-folder.ts'
import { jsonLines } from './formats/json-lines.ts'
import { karpathy } from './formats/karpathy.ts'
import { parquet } from './formats/parquet.ts'
import { sidecar } from './formats/sidecar.ts'
import { textcaps } from './formats/textcaps.ts'
import { webdataset } from './formats/webdataset.ts'
import type { Purpose } from './purpose.ts'
import { meantColumns } from './columns.ts'
import { isFolder, shardRoot } from './packed-files.ts'
import { glimpse } from './text-file.ts'

export const formats: readonly DatasetFormat[] = [
  imageFolder,
  webdataset,
  parquet,
  sidecar,
  karpathy,
  textcaps,
  conversations,
  cocoCaptions,
  cocoResults,
  jsonLines,
  flickr8k,
  delimited,
]

/** The format of an id. @throws AppError `bad-input` naming those there are */
export function formatOf(id: string): DatasetFormat {
  const format = formats.find((each) => each.id === id)
  if (format !== undefined) return format
  throw new AppError('bad-input', `There is no format “${id}”.`, { todo: `Give one of ${formats.map((each) => each.id).join(', ')}.` })
}

export interface Recognised {
  format: DatasetFormat | null
  encoding: Encoding
  /** Of a table: all columns, and those that are meant by their names. */
  columns: { names: string[]; meant: Columns } | null
}

/**
 * What a file is by its content, or a folder by what lies in it; null where no format fits. A table whose columns have names of its own is one by the end of
 * its name. @throws AppError as `readPieces`, and `bad-input` for a compressed file
 */
export async function recogniseFile(file: string): Promise<Recognised> {
  if (await isFolder(file)) return recogniseFolder(file)
  await requireUncompressed(file)
  const { text, encoding } = await glimpse(file)
  const begins = { path: file, text }
  const format = formats.find((each) => each.looksLike(begins)) ?? formats.find((each) => each.tableEnds?.includes(extname(file).toLowerCase())) ?? null
  const names = (await format?.columnNames?.(begins)) ?? []
  return { format, encoding: format?.binary ? 'utf-8' : encoding, columns: tableColumns(names) }
}

/** @throws AppError `bad-input` naming how the file is compressed */
async function requireUncompressed(file: string): Promise<void> {
  // What cannot be opened is told by who reads it.
  const compression = await compressionOf(file).catch(() => null)
  if (compression === null) return
  throw new AppError('bad-input', `${basename(file)} is compressed (${compression}): what is in it cannot be read in place.`, {
    kept: 'Nothing was changed.',
    todo: 'Unpack it, and import the folder or the file that comes out.',
  })
}

async function recogniseFolder(folder: string): Promise<Recognised> {
  for (const format of formats) {
    if ((await format.looksLikeFolder?.(folder)) !== true) continue
    const names = (await format.columnNames?.({ path: folder, text: '' })) ?? []
    return { format, encoding: 'utf-8', columns: tableColumns(names) }
  }
  return { format: null, encoding: 'utf-8', columns: null }
}

function tableColumns(names: string[]): Recognised['columns'] {
  return names.length === 0 ? null : { names, meant: meantColumns(names) }
}

/** The folder below which a file's photos are named: its own where it holds them, else the one asked for. */
export async function photoRoot(format: DatasetFormat, file: string, asked: string): Promise<string> {
  return (await format.holdsPhotos?.(file)) === true ? shardRoot(file) : asked
}

/** What a file is by its content, else what it is `likely` to be. @throws AppError `bad-input` where no format fits */
export async function recognisedFormat(file: string, { kept }: Purpose, likely?: string): Promise<DatasetFormat> {
  const { format } = await recogniseFile(file)
  if (format !== null) return format
  if (likely !== undefined) return formatOf(likely)
  throw new AppError('bad-input', `${basename(file)} holds no captions in a form that Capstan reads.`, {
    kept,
    todo: `It reads ${formats.map(({ title }) => title).join(', ')}.`,
  })
}
