/** The table of formats. A new one is a file in formats/ and an entry here: recogniser, import, CLI and training read this table. */
import { basename } from 'node:path'
import { AppError } from '#shared/errors.ts'
import type { DatasetFormat } from './format.ts'
import { cocoCaptions } from './formats/coco-captions.ts'
import { cocoResults } from './formats/coco-results.ts'
import { flickr8k } from './formats/flickr8k.ts'
import type { Purpose } from './purpose.ts'
import { glimpse, type Encoding } from './text-file.ts'

export const formats: readonly DatasetFormat[] = [cocoCaptions, cocoResults, flickr8k]

/** The format of an id. @throws AppError `bad-input` naming those there are */
export function formatOf(id: string): DatasetFormat {
  const format = formats.find((each) => each.id === id)
  if (format !== undefined) return format
  throw new AppError('bad-input', `There is no format “${id}”.`, { todo: `Give one of ${formats.map((each) => each.id).join(', ')}.` })
}

export interface Recognised {
  format: DatasetFormat | null
  encoding: Encoding
}

/** What a file is by its content; null where no format fits. @throws AppError as `readPieces` */
export async function recogniseFile(file: string): Promise<Recognised> {
  const { text, encoding } = await glimpse(file)
  return { format: formats.find((each) => each.looksLike({ fileName: basename(file), text })) ?? null, encoding }
}

/** What a file is by its content. @throws AppError `bad-input` where no format fits */
export async function recognisedFormat(file: string, { kept }: Purpose): Promise<DatasetFormat> {
  const { format } = await recogniseFile(file)
  if (format !== null) return format
  throw new AppError('bad-input', `${basename(file)} holds no captions in a form that Capstan reads.`, {
    kept,
    todo: `It reads ${formats.map(({ title }) => title).join(', ')}.`,
  })
}
