/** What the options of `capstan import` ask for. */
import { resolve } from 'node:path'
import { splits } from '#shared/domain.ts'
import { formatOf, photoRoot, recogniseFile } from '#engine/datasets/formats.ts'
import { AppError } from '#shared/errors.ts'
import { columnRoles, importSourceSchema, textRoles, type Columns, type ImportSource } from '#shared/exchange.ts'

export interface ImportOptions {
  folder?: string
  captions?: string
  coco?: string
  flickr8k?: string
  results?: string
  references?: string
  corrections?: string
  drafts?: string
  instances?: string
  modelName?: string
  note?: string
  licence?: string
  images?: string
  split: string
  trainList?: string
  devList?: string
  testList?: string
  format?: string
  columns?: string
  encoding?: string
  captionIs?: string
  unpackTo?: string
  marked: boolean
}

/** @throws AppError `bad-input` where options are missing or do not go together */
export async function importSourceOf(options: ImportOptions): Promise<ImportSource> {
  const split = splits.find((name) => name === options.split)
  if (split === undefined) throw wrong(`There is no split “${options.split}”.`, `Use one of ${splits.join(', ')}.`)
  const { folder, captions, coco, flickr8k, results, references, corrections, drafts, instances } = options
  if ([folder, captions, coco, flickr8k, results, references, corrections, drafts, instances].filter((each) => each !== undefined).length !== 1) {
    throw wrong('An import has one source.', 'Give one of --folder, --captions, --results, --references, --corrections, --drafts and --instances.')
  }
  if (folder !== undefined) return { kind: 'folder', folder: resolve(folder), split }
  if (instances !== undefined) return { kind: 'instances', file: resolve(instances) }
  const { format, encoding, marked, columns, captionIs } = options
  const reading = { format, encoding, marked, captionIs, columns: columns === undefined ? undefined : columnsOf(columns) }
  if (results !== undefined) {
    const { modelName, note, licence } = options
    if (modelName === undefined) throw wrong('The captioner has no name.', 'Add --model-name.')
    return checked({ kind: 'results', file: resolve(results), modelName, note, licence, ...reading })
  }
  const as = textRoles.find((role) => options[role] !== undefined)
  if (as !== undefined) return checked({ kind: 'texts', as, file: resolve(options[as] ?? ''), ...reading })
  const file = resolve(captions ?? coco ?? flickr8k ?? '')
  const { trainList, devList, testList, unpackTo } = options
  const lists = {
    ...(trainList === undefined ? {} : { train: resolve(trainList) }),
    ...(devList === undefined ? {} : { dev: resolve(devList) }),
    ...(testList === undefined ? {} : { test: resolve(testList) }),
  }
  const imageRoot = await imageRootOf(file, options)
  return checked({ kind: 'captions', file, imageRoot, split, lists, ...reading, unpackTo: unpackTo === undefined ? undefined : resolve(unpackTo) })
}

/** Files that hold their photos themselves need no folder of images. */
async function imageRootOf(file: string, { images, format }: ImportOptions): Promise<string> {
  if (images !== undefined) return resolve(images)
  const read = format === undefined ? (await recogniseFile(file)).format : formatOf(format)
  if (read?.holdsPhotos === undefined || !(await read.holdsPhotos(file))) throw wrong('The folder of the images is not given.', 'Add --images.')
  return photoRoot(read, file, '')
}

function columnsOf(list: string): Columns {
  const columns: Columns = {}
  for (const pair of list.split(',')) {
    const [name, column] = pair.split('=', 2)
    const role = columnRoles.find((each) => each === name.trim())
    if (role === undefined || column === undefined || column === '')
      throw wrong(`--columns: “${pair}” names no column.`, `Write ${columnRoles.map((each) => `${each}=…`).join(',')}.`)
    columns[role] = column
  }
  return columns
}

function checked(source: unknown): ImportSource {
  const parsed = importSourceSchema.safeParse(source)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw wrong(`--${issue.path.join('.')}: ${issue.message}.`, 'Look at capstan import --help.')
}

function wrong(happened: string, todo: string): AppError {
  return new AppError('bad-input', happened, { kept: 'Nothing was imported.', todo })
}
