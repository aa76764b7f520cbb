/** What an import source says before any image file is looked at. */
import type { ImageId, Split } from '#shared/domain.ts'

export interface SourceImage {
  /** Absolute path of the image file, inside the root. */
  path: string
  fileName: string
  /** The id in the file it came from (COCO), or null. */
  sourceId: ImageId | null
  /** Others that the file knows it by. */
  furtherIds?: ImageId[]
  split: Split
  references: { text: string; source: string }[]
}

export interface LeftOut {
  subject: string
  reason: string
}

export interface ReadSource {
  /** Absolute path of the folder that holds all the images. */
  root: string
  images: SourceImage[]
  /** What the source names and is not there, or cannot be tied to a photo. */
  leftOut: LeftOut[]
}
