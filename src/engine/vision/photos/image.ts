/** Photos to encoder inputs: read, decoded and resized, normalised to [3, height, width] floats. */
import { readPhoto, realPhotoInside } from '#engine/files/photo-file.ts'
import { AppError } from '#shared/errors.ts'
import type { Preprocessing } from '../encoders/encoder-manifest.ts'
import { photoTask } from './photo-tasks.ts'
import { photoTypeOf } from './photo-type.ts'
import type { Placement } from './placement.ts'
import { normalise } from './planes.ts'

export interface PreparedImage {
  /** [3, height, width]: red, green, blue planes */
  pixels: Float32Array
  placement: Placement
}

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
  const { rgb, placement } = await photoTask('rgb', { bytes, input, name })
  return { pixels: normalise(rgb, input), placement }
}
