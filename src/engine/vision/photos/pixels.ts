/** Decoding with sharp (libvips): where a photo's bytes become pixels and sizes, in whichever process `photo-tasks.ts` has it done. */
import sharp, { type Sharp } from 'sharp'
import { AppError, toReport } from '#shared/errors.ts'
import type { Preprocessing } from '../encoders/encoder-manifest.ts'
import { notDecoded } from './decoding-error.ts'
import { placePhoto, type Placement } from './placement.ts'
import { resample } from './resample.ts'

/** In pixels. */
export interface PhotoSides {
  width: number
  height: number
}

export interface StoredPhoto extends PhotoSides {
  /** EXIF's, 1 where there is none */
  orientation: number
}

/** Of a photo, in pixels. */
export const largestSide = 30_000
/** Of a photo that the window shows a smaller version of. */
const mostShownPixels = 1_000_000_000

// Photos are decoded side by side, one thread each.
sharp.concurrency(1)
sharp.cache(false)

/** libvips keeps one text of errors for all that is decoded side by side: where another photo's error took it, the work is done again for its reason. */
async function withItsReason<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof Error && /unknown error/i.test(cause.message)) return work()
    throw cause
  }
}

/**
 * A photo as an encoder wants it, in interleaved 8-bit RGB, before normalisation: see `prepareImage`.
 * @throws AppError `bad-input` for what cannot be decoded
 */
export async function decodeRgb(bytes: Uint8Array, input: Preprocessing, name: string): Promise<{ rgb: Uint8Array; placement: Placement }> {
  try {
    const size = (await withItsReason(() => open(bytes, input).metadata())).autoOrient
    if (Math.max(size.width, size.height) > largestSide)
      throw new AppError('bad-input', `The image ${name} is larger than ${largestSide} pixels a side.`, { todo: 'Scale it down first.' })
    const placement = placePhoto(size.width, size.height, input)
    return { rgb: await withItsReason(() => decode(bytes, placement, input)), placement }
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    throw notDecoded(`The image ${name} cannot be decoded`, bytes, cause)
  }
}

function open(bytes: Uint8Array, { colour }: Preprocessing): Sharp {
  const image = sharp(bytes, { failOn: 'error', limitInputPixels: largestSide ** 2, autoOrient: true, ignoreIcc: colour === 'as-stored' })
  return image.flatten({ background: 'white' }).toColourspace('srgb').removeAlpha()
}

/** The input's interleaved RGB: libvips shrinks, cuts and pads, `resample` does the axes where it would be inexact. */
async function decode(bytes: Uint8Array, placement: Placement, input: Preprocessing): Promise<Uint8Array> {
  const width = shrunkSide(placement.photoWidth, placement.resizedWidth)
  const height = shrunkSide(placement.photoHeight, placement.resizedHeight)
  const kernel = input.interpolation === 'bicubic' ? 'cubic' : 'linear'
  const shrunk = open(bytes, input).resize(width, height, { fit: 'fill', kernel, fastShrinkOnLoad: false })
  if (width === placement.resizedWidth && height === placement.resizedHeight) return rawRgb(cutOrPad(shrunk, placement, input), input.width, input.height)
  return await resample(await rawRgb(shrunk, width, height), width, height, placement, input)
}

/** What libvips makes of a side: its resized length where it shrinks well, else the photo's own. */
function shrunkSide(photo: number, resized: number): number {
  return photo >= 1.5 * resized ? resized : photo
}

async function rawRgb(image: Sharp, width: number, height: number): Promise<Uint8Array> {
  const { data, info } = await image.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true })
  if (info.width === width && info.height === height && info.channels === 3) return data
  throw new Error(`decoding gave ${info.width}×${info.height}×${info.channels} where ${width}×${height}×3 was expected`)
}

function cutOrPad(image: Sharp, { resizedWidth, resizedHeight, offsetX, offsetY }: Placement, { width, height, resize }: Preprocessing): Sharp {
  switch (resize) {
    case 'squash':
      return image
    case 'crop':
      return image.extract({ left: -offsetX, top: -offsetY, width, height })
    case 'letterbox': {
      const right = width - resizedWidth - offsetX
      const bottom = height - resizedHeight - offsetY
      return image.extend({ left: offsetX, top: offsetY, right, bottom, background: 'black' })
    }
  }
}

/**
 * The upright size of a photo that is whole.
 * @throws AppError `bad-input` for what cannot be decoded to its end, and for a photo that is too large
 */
export async function wholeSize(bytes: Uint8Array): Promise<PhotoSides> {
  const size = await uprightSize(bytes)
  await requireWhole(bytes)
  return size
}

/** How a photo lies in its file, before EXIF turns it. @throws AppError `bad-input` for what cannot be decoded */
export async function storedSize(bytes: Uint8Array, name: string): Promise<StoredPhoto> {
  try {
    const { width, height, orientation = 1 } = await withItsReason(() => sharp(bytes, { limitInputPixels: false }).metadata())
    return { width, height, orientation }
  } catch (cause) {
    throw new AppError('bad-input', `The image ${name} cannot be decoded: ${toReport(cause).happened}`, { todo: 'Replace the file or leave it out.', cause })
  }
}

async function uprightSize(bytes: Uint8Array): Promise<PhotoSides> {
  let size: PhotoSides
  try {
    size = (await withItsReason(() => sharp(bytes, { limitInputPixels: false }).metadata())).autoOrient
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
    const small = () => sharp(bytes, { failOn: 'truncated', limitInputPixels: false }).resize(16, 16, { fit: 'fill', kernel: 'nearest' })
    await withItsReason(() => small().raw().toBuffer())
  } catch (cause) {
    throw notDecoded('The photo is damaged', bytes, cause)
  }
}

/** A smaller version in WebP, upright: its longest side has `size` pixels at most. Throws libvips' own error. */
export async function smallerPicture(bytes: Uint8Array, size: number): Promise<Uint8Array> {
  return sharp(bytes, { limitInputPixels: mostShownPixels, failOn: 'none' })
    .rotate() // as the camera was held
    .resize({ width: size, height: size, fit: 'inside', withoutEnlargement: true })
    .webp({ quality: 82 })
    .toBuffer()
}
