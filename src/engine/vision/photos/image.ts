/** Photos to encoder inputs: decoding, orientation, colours and resizing with sharp, normalised to [3, height, width] floats. */
import sharp, { type Sharp } from 'sharp'
import { readPhoto, realPhotoInside } from '#engine/files/photo-file.ts'
import { AppError } from '#shared/errors.ts'
import type { Preprocessing } from '../encoders/encoder-manifest.ts'
import { notDecoded } from './decoding-error.ts'
import { photoTypeOf } from './photo-type.ts'
import { placePhoto, type Placement } from './placement.ts'
import { resample } from './resample.ts'

export interface PreparedImage {
  /** [3, height, width]: red, green, blue planes */
  pixels: Float32Array
  placement: Placement
}

/** Of a photo, in pixels. */
export const largestSide = 30_000

// Photos are decoded side by side, one thread each.
sharp.concurrency(1)
sharp.cache(false)

/**
 * Reads a photo's bytes: of one that belongs to a folder (`root`) only where it really lies in it, links counted.
 * @throws AppError `bad-input` naming the file where there are none, `not-permitted` for a link that leads out; what the system says
 */
export async function readImageFile(path: string, root?: string): Promise<Uint8Array> {
  const bytes = await readPhoto(root === undefined ? path : await realPhotoInside(root, path))
  if (bytes.length === 0) throw new AppError('bad-input', `The image ${path} is an empty file.`, { todo: 'Replace the file or leave it out.' })
  if (photoTypeOf(bytes) === undefined)
    throw new AppError('bad-input', `The file ${path} is not an image that can be read, whatever its name says.`, { todo: 'Replace the file or leave it out.' })
  return bytes
}

/**
 * A photo as an encoder wants it: upright (EXIF), the first frame, over white where it is transparent, in 8-bit RGB, its colour
 * profile followed or ignored, resized as the manifest says. `name` is how errors call it. Throws AppError `bad-input` for what cannot be decoded.
 */
export async function prepareImage(bytes: Uint8Array, input: Preprocessing, name: string): Promise<PreparedImage> {
  const { rgb, placement } = await resizeToRgb(bytes, input, name)
  return { pixels: normalise(rgb, input), placement }
}

/** The interleaved 8-bit RGB of the input, before normalisation. */
export async function resizeToRgb(bytes: Uint8Array, input: Preprocessing, name: string): Promise<{ rgb: Uint8Array; placement: Placement }> {
  try {
    const size = (await open(bytes, input).metadata()).autoOrient
    if (Math.max(size.width, size.height) > largestSide)
      throw new AppError('bad-input', `The image ${name} is larger than ${largestSide} pixels a side.`, { todo: 'Scale it down first.' })
    const placement = placePhoto(size.width, size.height, input)
    return { rgb: await decode(bytes, placement, input), placement }
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
  return resample(await rawRgb(shrunk, width, height), width, height, placement, input)
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

/** Interleaved RGB bytes → planes of (value / 255 − mean) / std. */
export function normalise(rgb: Uint8Array, input: Preprocessing): Float32Array {
  const area = input.width * input.height
  const planes = new Float32Array(3 * area)
  const [red, green, blue] = [0, 1, 2].map((channel) => normalisedLevels(input.mean[channel], input.std[channel]))
  for (let pixel = 0, source = 0; pixel < area; pixel++, source += 3) {
    planes[pixel] = red[rgb[source]]
    planes[area + pixel] = green[rgb[source + 1]]
    planes[2 * area + pixel] = blue[rgb[source + 2]]
  }
  return planes
}

function normalisedLevels(mean: number, std: number): Float32Array {
  return Float32Array.from({ length: 256 }, (_, level) => (level / 255 - mean) / std)
}

/** The same image mirrored left to right: `pixels` [3, height, width], a new array. */
export function mirrorImage(pixels: Float32Array, width: number): Float32Array {
  const mirrored = new Float32Array(pixels.length)
  for (let row = 0; row < pixels.length; row += width) for (let column = 0; column < width; column++) mirrored[row + column] = pixels[row + width - 1 - column]
  return mirrored
}
