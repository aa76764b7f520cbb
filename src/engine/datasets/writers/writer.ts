/** What an entry of the table of written formats says (writers.ts), and what it is given. */
import type { ImageId, Split } from '#shared/domain.ts'
import type { ExportDetail } from '#shared/exchange.ts'
import type { DatasetCaption, PhotoSize } from '../record.ts'

export interface WrittenBox {
  label: string
  /** x, y, width, height in pixels of the upright photo. */
  box: readonly [number, number, number, number]
}

export interface WrittenPhoto {
  id: ImageId
  /** Relative to the folder of the photos, with `/` between folders. */
  fileName: string
  /** Where it lies. */
  path: string
  size: PhotoSize
  split: Split
  captions: readonly DatasetCaption[]
  boxes: readonly WrittenBox[]
}

export interface Writing {
  /** What goes with each caption. */
  details: readonly ExportDetail[]
  /** What the file says that it is. */
  description: string
  /** Rows written so far, of formats whose pieces are many rows. */
  onRows?: (rows: number) => void
}

/** A piece of a file's content. */
export type Piece = string | Uint8Array

/** A file of a written folder, by its path in there: text in pieces, or a copy of a photo. */
export type FolderEntry = { path: string } & ({ text: Iterable<string> } | { copy: string })

/** Gone through more than once by some formats, from the beginning each time: a list, or what is read anew from where it lies. */
export type WrittenPhotos = Iterable<WrittenPhoto>

/** Formats are written piece by piece, so that nothing is held twice. */
export type DatasetWriter =
  | { kind: 'file'; pieces(photos: WrittenPhotos, writing: Writing): Iterable<Piece> | AsyncIterable<Piece> }
  | { kind: 'folder'; entries(photos: WrittenPhotos, writing: Writing): Iterable<FolderEntry> }
