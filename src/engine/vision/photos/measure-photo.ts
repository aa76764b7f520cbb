/** What a photo is, whatever it is called: its content and its upright size. */
import sharp from 'sharp'
import { hashBytes } from '#engine/files/content-hash.ts'
import { AppError } from '#shared/errors.ts'
import { notDecoded } from './decoding-error.ts'
import { largestSide } from './image.ts'

export interface MeasuredPhoto {
  /** SHA-256 of the file's bytes. */
  contentHash: string
  /** In pixels, as the camera was held. */
  width: number
  height: number
}

/** @throws AppError `bad-input` for what cannot be decoded to its end, and for a photo that is too large */
export async function measurePhoto(bytes: Uint8Array): Promise<MeasuredPhoto> {
  const size = await uprightSize(bytes)
  await requireWhole(bytes)
  return { ...size, contentHash: hashBytes(bytes) }
}

async function uprightSize(bytes: Uint8Array): Promise<{ width: number; height: number }> {
  let size: { width: number; height: number }
  try {
    size = (await sharp(bytes, { limitInputPixels: false }).metadata()).autoOrient
  } catch (cause) {
    throw notDecoded('The file is not an image that can be read', bytes, cause)
  }
  if (Math.max(size.width, size.height) > largestSide)
    throw new AppError('bad-input', `The photo is larger than ${largestSide} pixels a side.`, { todo: 'Scale it down first.' })
  return size
}

/** Decodes it at a small size, which reads the file to its end: what breaks off in the middle has a good header. */
async function requireWhole(bytes: Uint8Array): Promise<void> {
  try {
    await sharp(bytes, { failOn: 'truncated', limitInputPixels: false }).resize(16, 16, { fit: 'fill', kernel: 'nearest' }).raw().toBuffer()
  } catch (cause) {
    throw notDecoded('The photo is damaged', bytes, cause)
  }
}
