/**
 * Region features: the mean of a grid's values inside each box, by RoIAlign (He et al. 2017, §3) with half-cell alignment. Cell (r, c) has its
 * value at its centre; values between centres are bilinear, and constant beyond the outermost ones.
 */
import { AppError } from '#shared/errors.ts'

/** A box in 0–1 of the encoder's input: x0, y0, x1, y1. */
export type RegionBox = readonly [number, number, number, number]

export interface GridFeatures {
  /** [tokens, width]: rows × columns cells from the top left, after the class token where there is one */
  values: Float32Array
  rows: number
  columns: number
  width: number
  classToken?: 'first' | undefined
}

export interface RegionOptions {
  /** the features of one box are [size × size, width] (default 1: one vector) */
  size?: number
  /** sampling points a side in each part; default: one a cell that the part covers, at least 1 */
  samples?: number
  /** 'kept': the class token goes before the regions (default 'dropped') */
  classToken?: 'kept' | 'dropped'
}

/**
 * Features of boxes: [class token if kept, then boxes × size², width]. Boxes are cut at the input's edges; an empty one has the value at its place.
 * Throws AppError `bad-input` for a class token that the grid does not have.
 */
export function regionFeatures(grid: GridFeatures, boxes: readonly RegionBox[], options: RegionOptions = {}): Float32Array {
  const { size = 1, samples, classToken = 'dropped' } = options
  const { width } = grid
  if (classToken === 'kept' && grid.classToken === undefined)
    throw new AppError('bad-input', 'The encoder keeps no class token.', { todo: 'Add the encoder again with its class token, or drop it.' })
  const before = classToken === 'kept' ? width : 0
  const features = new Float32Array(before + boxes.length * size * size * width)
  features.set(grid.values.subarray(0, before))
  const cells = grid.classToken === undefined ? grid.values : grid.values.subarray(width)
  boxes.forEach((box, index) => alignBox(grid, cells, box, size, samples, features, before + index * size * size * width))
  return features
}

/** One axis of a part's sampling: the two cells beside each point and the weight of the second. */
interface Points {
  first: Int32Array
  second: Int32Array
  weight: Float64Array
}

function alignBox(
  grid: GridFeatures,
  cells: Float32Array,
  box: RegionBox,
  size: number,
  samples: number | undefined,
  features: Float32Array,
  start: number,
): void {
  const { rows, columns, width } = grid
  const [left, top, right, bottom] = box.map((edge) => Math.min(Math.max(edge, 0), 1))
  const boxWidth = Math.max(right - left, 0) / size
  const boxHeight = Math.max(bottom - top, 0) / size
  for (let row = 0; row < size; row++) {
    const down = points(top + row * boxHeight, boxHeight, rows, samples)
    for (let column = 0; column < size; column++) {
      const across = points(left + column * boxWidth, boxWidth, columns, samples)
      const target = start + (row * size + column) * width
      const share = 1 / (down.first.length * across.first.length)
      for (let y = 0; y < down.first.length; y++)
        for (let x = 0; x < across.first.length; x++) {
          addCell(cells, down.first[y] * columns + across.first[x], share * (1 - down.weight[y]) * (1 - across.weight[x]), features, target, width)
          addCell(cells, down.first[y] * columns + across.second[x], share * (1 - down.weight[y]) * across.weight[x], features, target, width)
          addCell(cells, down.second[y] * columns + across.first[x], share * down.weight[y] * (1 - across.weight[x]), features, target, width)
          addCell(cells, down.second[y] * columns + across.second[x], share * down.weight[y] * across.weight[x], features, target, width)
        }
    }
  }
}

/** Points evenly inside [from, from + length) of an axis of `cells`, both in 0–1. */
function points(from: number, length: number, cells: number, samples: number | undefined): Points {
  const count = samples ?? Math.max(1, Math.ceil(length * cells))
  const result = { first: new Int32Array(count), second: new Int32Array(count), weight: new Float64Array(count) }
  for (let index = 0; index < count; index++) {
    const place = (from + ((index + 0.5) * length) / count) * cells - 0.5
    const inside = Math.min(Math.max(place, 0), cells - 1)
    result.first[index] = Math.floor(inside)
    result.second[index] = Math.min(result.first[index] + 1, cells - 1)
    result.weight[index] = inside - result.first[index]
  }
  return result
}

function addCell(cells: Float32Array, cell: number, weight: number, features: Float32Array, target: number, width: number): void {
  if (weight === 0) return
  const source = cell * width
  for (let channel = 0; channel < width; channel++) features[target + channel] += weight * cells[source + channel]
}

/**
 * Boxes given in photo pixels (COCO instances, the annotator's) as boxes of the input: what crop, squash and letterbox do to a photo.
 * Boxes that the crop cuts away come out empty.
 */
export function toInputBox(
  placement: { photoWidth: number; photoHeight: number; resizedWidth: number; resizedHeight: number; offsetX: number; offsetY: number },
  input: { width: number; height: number },
  [x0, y0, x1, y1]: RegionBox,
): RegionBox {
  const x = (value: number): number => unit(((value * placement.resizedWidth) / placement.photoWidth + placement.offsetX) / input.width)
  const y = (value: number): number => unit(((value * placement.resizedHeight) / placement.photoHeight + placement.offsetY) / input.height)
  return [x(x0), y(y0), x(x1), y(y1)]
}

const unit = (value: number): number => Math.min(Math.max(value, 0), 1)
