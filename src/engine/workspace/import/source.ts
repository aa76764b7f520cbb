/** What an import source says before any image file is looked at. */
import type { ImageId, Split } from '#shared/domain.ts'
import type { LeftOutList } from './left-out.ts'

export interface SourceImage {
  /** Absolute path of the image file, inside the root. */
  path: string
  /** Where its bytes are until the import is done, if not there. */
  readFrom?: string
  fileName: string
  /** The id in the file it came from (COCO), or null. */
  sourceId: ImageId | null
  /** Others that the file knows it by. */
  furtherIds?: ImageId[]
  split: Split
  /** What the data set sorts photos by (NoCaps: its domains). */
  tags: readonly string[]
  references: { text: string; source: string }[]
}

/** Of a source read to its end, on disk (source-images.ts). */
export interface SourceImages {
  /** Files that are there, or those that the source names and that are missing. */
  count(missing?: boolean): number
  /** Files that the source knows by several ids. */
  withSeveralIds(): number
  /** Captions of files that are there. */
  captions(): number
  /** In order, some of them held at a time; some may be dropped meanwhile. */
  each(missing?: boolean): Generator<SourceImage>
  drop(path: string): void
  close(): void
}

export interface ReadSource {
  /** Absolute path of the folder that holds all the images. */
  root: string
  /** Whoever has them closes them. */
  images: SourceImages
  /** Title of the format. */
  format: string
  /** What the source names and is not there, cannot be tied to a photo, or is marked as not to be used. */
  leftOut: LeftOutList
}
