/**
 * What is asked of the decoder. It works in this process, unless another one was named for it: inside of Electron on Linux libvips and the
 * system's GLib share names, nothing that libvips took is given back, and only the end of its process frees it.
 */
import type { Preprocessing } from '../encoders/encoder-manifest.ts'
import type { PhotoSides, StoredPhoto } from './pixels.ts'
import type { Placement } from './placement.ts'

export interface PhotoTasks {
  /** The encoder's input as interleaved 8-bit RGB. */
  rgb: { task: { bytes: Uint8Array; input: Preprocessing; name: string }; answer: { rgb: Uint8Array; placement: Placement } }
  /** The upright size of a photo that can be decoded to its end. */
  size: { task: { bytes: Uint8Array }; answer: PhotoSides }
  /** A WebP for the window, its longest side `size` pixels at most. */
  picture: { task: { bytes: Uint8Array; size: number }; answer: Uint8Array }
  /** The size of the pixels in the file, and how EXIF turns them. */
  stored: { task: { bytes: Uint8Array; name: string }; answer: StoredPhoto }
}

export type PhotoTaskKind = keyof PhotoTasks
type Task<Kind extends PhotoTaskKind> = PhotoTasks[Kind]['task']
type Answer<Kind extends PhotoTaskKind> = PhotoTasks[Kind]['answer']

export type PhotoTaskRunner = <Kind extends PhotoTaskKind>(kind: Kind, task: Task<Kind>) => Promise<Answer<Kind>>

let elsewhere: PhotoTaskRunner | undefined

/** From now on this process's photos are decoded by `runner`; undefined: here again. */
export function decodeElsewhere(runner: PhotoTaskRunner | undefined): void {
  elsewhere = runner
}

/** @throws AppError `bad-input` for what cannot be decoded, `crashed` where the decoder's process ended twice over this photo */
export function photoTask<Kind extends PhotoTaskKind>(kind: Kind, task: Task<Kind>): Promise<Answer<Kind>> {
  return (elsewhere ?? runHere)(kind, task)
}

type Decoders = { [Kind in PhotoTaskKind]: (task: Task<Kind>) => Promise<Answer<Kind>> }
let decoders: Promise<Decoders> | undefined

/** Does it in this process: libvips is loaded with the first photo. */
export const runHere: PhotoTaskRunner = async (kind, task) => {
  decoders ??= import('./pixels.ts').then(({ decodeRgb, wholeSize, storedSize, smallerPicture }) => ({
    rgb: ({ bytes, input, name }) => decodeRgb(bytes, input, name),
    size: ({ bytes }) => wholeSize(bytes),
    stored: ({ bytes, name }) => storedSize(bytes, name),
    picture: ({ bytes, size }) => smallerPicture(bytes, size),
  }))
  return (await decoders)[kind](task)
}
