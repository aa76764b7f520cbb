/** What every reader of a data set gives: photos and captions as they come in the file, with what was left out and why. */
import type { ErrorType, ImageId, ReviewState, Split } from '#shared/domain.ts'

/** Why a data set marked a caption as not to be used (VizWiz). */
export const captionFlags = ['rejected', 'precanned'] as const
export type CaptionFlag = (typeof captionFlags)[number]

export interface DatasetCaption {
  text: string
  flags: readonly CaptionFlag[]
  /** Who or what wrote it, where the file says so. */
  author: string | null
  logProbability: number | null
  details: CaptionDetails
}

/** What a person's work on a caption was, where the file says so: Capstan's own exports do. */
export interface CaptionDetails {
  time: string | null
  state: ReviewState | null
  rating: number | null
  errorTypes: readonly ErrorType[]
  /** The candidate that a correction replaces. */
  before: string | null
}

export const noDetails: CaptionDetails = { time: null, state: null, rating: null, errorTypes: [], before: null }

/** How a file names a photo; at least one of the two is there. */
export interface PhotoName {
  fileName: string | null
  id: ImageId | null
}

/** One thing that a reader met, in the order of the file. `place` is where: `annotations.3` or `line 12`. */
export type DatasetItem =
  | ({ kind: 'photo'; split: Split | null; tags: readonly string[]; size: PhotoSize | null; place: string } & PhotoName)
  | { kind: 'caption'; photo: PhotoName; caption: DatasetCaption; place: string }
  | { kind: 'left-out'; place: string; reason: string }

export interface PhotoSize {
  width: number
  height: number
}

export interface LeftOut {
  /** The file and the line or key in it. */
  place: string
  reason: string
}

/** A photo with all that a file says of it. */
export interface DatasetPhoto {
  /** As written in the file; null where the file knows ids alone. */
  fileName: string | null
  ids: readonly ImageId[]
  split: Split | null
  tags: readonly string[]
  /** In pixels, as the file says. */
  size: PhotoSize | null
  captions: readonly DatasetCaption[]
  /** Line or key of the file that named it first. */
  place: string
}

/** A caption of which only the text is known, but for what is told. */
export function plainCaption(text: string, told: Partial<Omit<DatasetCaption, 'text'>> = {}): DatasetCaption {
  return { text, flags: [], author: null, logProbability: null, details: noDetails, ...told }
}

/** Why a caption is left out that its data set marks. */
export function markedReason(flags: readonly CaptionFlag[]): string {
  return `The caption is marked as ${flags.join(' and ')}.`
}
