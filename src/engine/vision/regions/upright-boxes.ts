/** Boxes in the pixels that a data set's file speaks of, as boxes of the upright photo: it may be stored at another size, and turned by EXIF. */
import { photoTask } from '../photos/photo-tasks.ts'
import type { PhotoSides, StoredPhoto } from '../photos/pixels.ts'
import type { LabelledBox } from './photo-boxes.ts'

/** How a photo lies in its file, before EXIF turns it. @throws AppError `bad-input` for what cannot be decoded */
export function storedPhoto(bytes: Uint8Array, name: string): Promise<StoredPhoto> {
  return photoTask('stored', { bytes, name })
}

/**
 * Boxes as shares of the upright photo. `said` is the size that the file gives for the photo: where EXIF turns the photo by a quarter and `said` has the
 * shape of the stored pixels, the boxes are of these and turn with them (most tools that write boxes ignore EXIF). A half turn or a mirror image
 * leaves no trace in the size: such boxes are taken to be of the upright photo.
 */
export function uprightShares(box: LabelledBox['box'], said: PhotoSides, stored: StoredPhoto): LabelledBox['box'] {
  const shares = [box[0] / said.width, box[1] / said.height, box[2] / said.width, box[3] / said.height] as const
  const quarter = stored.orientation >= 5 && stored.orientation <= 8
  if (!quarter || !nearer(said.width / said.height, stored.width / stored.height)) return within(shares)
  const corners = [turned(shares[0], shares[1], stored.orientation), turned(shares[2], shares[3], stored.orientation)]
  const [xs, ys] = [corners.map(([x]) => x), corners.map(([, y]) => y)]
  return within([Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)])
}

/** Nearer to the ratio of the stored photo than to that of the turned one. */
function nearer(said: number, stored: number): boolean {
  return Math.abs(Math.log(said / stored)) < Math.abs(Math.log(said * stored))
}

/** A point of the stored photo as a point of the upright one, for EXIF's turns by a quarter (CIPA DC-008, 4.6.5). */
function turned(x: number, y: number, orientation: number): readonly [number, number] {
  switch (orientation) {
    case 5:
      return [y, x]
    case 6:
      return [1 - y, x]
    case 7:
      return [1 - y, 1 - x]
    default:
      return [y, 1 - x]
  }
}

function within([x0, y0, x1, y1]: LabelledBox['box']): LabelledBox['box'] {
  const cut = (share: number): number => Math.min(Math.max(share, 0), 1)
  return [cut(x0), cut(y0), cut(x1), cut(y1)]
}
