/** Rows of a table (CSV, JSON Lines, Parquet) read as photos and captions by the names of their columns. */
import type { ImageId, Split } from '#shared/domain.ts'
import { columnRoles, type ColumnRole, type Columns } from '#shared/exchange.ts'
import { detailsOf, flagsOf } from './details.ts'
import { unusable, type Purpose } from './purpose.ts'
import { plainCaption, type DatasetItem } from './record.ts'

const usualNames = {
  photo: ['file_name', 'filename', 'image', 'image_name', 'image_path', 'filepath', 'path', 'file', 'img', 'photo', 'jpg', 'png'],
  id: ['image_id', 'cocoid'],
  caption: ['caption', 'captions', 'text', 'comment', 'sentence', 'sentences', 'description', 'title', 'raw', 'caption_str'],
  author: ['model', 'author', 'annotator', 'source'],
  split: ['split', 'set_name'],
} as const satisfies Record<ColumnRole, readonly string[]>

/**
 * The columns that are meant, by the usual names where nobody said; `photos` holds the photos themselves.
 * @throws AppError `bad-input` where photo or caption cannot be told
 */
export function chosenColumns(names: readonly string[], given: Columns, place: string, purpose: Purpose, photos: string | null = null): Columns {
  for (const asked of Object.values(given)) if (asked !== undefined && !names.includes(asked)) throw unusable(place, `there is no column “${asked}”`, purpose)
  const chosen = meantColumns(names, photos === null ? given : { photo: photos, ...given })
  const todo = `Say which columns are meant (--columns photo=…,caption=…); it has ${names.join(', ')}.`
  if (chosen.photo === undefined && chosen.id === undefined) throw unusable(place, 'no column names the photos', { ...purpose, todo })
  if (chosen.caption === undefined) throw unusable(place, 'no column holds captions', { ...purpose, todo })
  return chosen
}

/** The columns that a header means by the usual names, those given before them. */
export function meantColumns(names: readonly string[], given: Columns = {}): Columns {
  const plain = new Map(names.map((name) => [name.trim().toLowerCase(), name]))
  const chosen: Columns = {}
  for (const role of columnRoles) {
    const column = given[role] ?? usualNames[role].map((name) => plain.get(name)).find((name) => name !== undefined)
    if (column !== undefined) chosen[role] = column
  }
  return chosen
}

/** Whether a table's header says of itself what its columns are. */
export function namesColumns(names: readonly string[]): boolean {
  const plain = names.map((name) => name.trim().toLowerCase())
  return [usualNames.photo, usualNames.caption].every((usual) => usual.some((name) => plain.includes(name)))
}

/** A row's captions: text, or a list of texts. Rows without a photo or a caption are left out and told. */
export function* rowItems(row: Readonly<Record<string, unknown>>, columns: Columns, place: string): Generator<DatasetItem> {
  const fileName = columns.photo === undefined ? null : textOf(row[columns.photo])
  const id = columns.id === undefined ? null : idOf(row[columns.id])
  if (fileName === null && id === null) {
    yield { kind: 'left-out', place, reason: 'The row names no photo.' }
    return
  }
  const split = columns.split === undefined ? null : splitOf(textOf(row[columns.split]))
  yield { kind: 'photo', fileName, id, split, tags: [], size: null, place }
  const value = columns.caption === undefined ? null : row[columns.caption]
  const texts = (Array.isArray(value) ? (value as unknown[]) : [value]).map(captionOf)
  if (texts.every((text) => text === null)) yield { kind: 'left-out', place, reason: 'The row holds no caption.' }
  const photo = { fileName, id }
  for (const [index, text] of texts.entries()) {
    if (text === null) continue
    const own = Array.isArray(value) ? ofCaption(row, index) : row
    const author = columns.author === undefined ? null : textOf(own[columns.author])
    yield { kind: 'caption', photo, caption: plainCaption(text, { author, flags: flagsOf(own), details: detailsOf(own) }), place }
  }
}

/** Where a row holds several captions, what is known of them are lists as well. */
function ofCaption(row: Readonly<Record<string, unknown>>, index: number): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, Array.isArray(value) ? (value as unknown[]).at(index) : value]))
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : typeof value === 'number' ? String(value) : null
}

/** COCO and Karpathy write a caption as an object around its text. */
function captionOf(value: unknown): string | null {
  if (typeof value === 'object' && value !== null) return textOf('raw' in value ? value.raw : 'caption' in value ? value.caption : null)
  return textOf(value)
}

function idOf(value: unknown): ImageId | null {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value
  const text = textOf(value)
  return text !== null && /^(?:0|[1-9]\d{0,14})$/.test(text) ? Number(text) : text
}

/** Names of splits as data sets write them; `restval` (Karpathy) is photos to learn from. */
export function splitOf(name: string | null): Split | null {
  switch (name?.toLowerCase()) {
    case 'train':
    case 'training':
    case 'restval':
      return 'train'
    case 'val':
    case 'valid':
    case 'validation':
    case 'dev':
      return 'dev'
    case 'test':
      return 'test'
    default:
      return null
  }
}
