/** What an entry of the table of formats says (formats.ts). */
import type { CaptionIs, Columns } from '#shared/exchange.ts'
import type { DatasetItem } from './record.ts'
import type { TextReading } from './text-file.ts'

/** The beginning of a file, for recognising what it is. */
export interface Glimpse {
  path: string
  /** The first characters, without a byte-order mark. */
  text: string
}

export interface DatasetReading extends TextReading {
  /** Of tables: which column says what. */
  columns?: Columns | undefined
  /** Of texts beside photos: what one caption is; a whole file where nobody said. */
  captionIs?: CaptionIs | undefined
}

export interface DatasetFormat {
  /** As `--format` and the contract name it. */
  id: string
  /** For people. */
  title: string
  /** How its files usually end, with the dot. */
  extensions: readonly string[]
  /** It is no text: encodings are not asked about. */
  binary?: true
  /** How names of files end that are tables of this format whatever their columns are called. */
  tableEnds?: readonly string[]
  /** Of tables: the columns of a file that begins so; empty where it is none. */
  columnNames?(glimpse: Glimpse): string[] | Promise<string[]>
  /** Whether a file holds its photos itself: their names begin with its own (files/packed). */
  holdsPhotos?(path: string): boolean | Promise<boolean>
  /** Whether a file is one of these, by its content. The table's earlier entries are asked first. */
  looksLike(glimpse: Glimpse): boolean
  /** Of formats that are folders: whether one is of this kind. */
  looksLikeFolder?(folder: string): Promise<boolean>
  /** Its photos and captions in the order of the file. @throws AppError `bad-input` naming the line or key where the file is not what it says */
  read(file: string, reading: DatasetReading): AsyncIterable<DatasetItem>
}
