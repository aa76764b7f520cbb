/** What a photo is, whatever it is called: its content and its upright size. */
import { hashBytes } from '#engine/files/content-hash.ts'
import { photoTask } from './photo-tasks.ts'

export interface MeasuredPhoto {
  /** SHA-256 of the file's bytes. */
  contentHash: string
  /** In pixels, as the camera was held. */
  width: number
  height: number
}

/** @throws AppError `bad-input` for what cannot be decoded to its end, and for a photo that is too large */
export async function measurePhoto(bytes: Uint8Array): Promise<MeasuredPhoto> {
  return { ...(await photoTask('size', { bytes })), contentHash: hashBytes(bytes) }
}
