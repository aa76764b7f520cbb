/**
 * Resampling inside an ONNX graph as `vision/photos` resamples: one product with a matrix of weights an axis, built from the photo's size. Axes that
 * shrink well go libvips's way (`shrinkRows`), the others Pillow's (`resampleRows`); both round to 8 bits after each axis, so levels are equal to
 * the last one. All of it works on `image` float32 [3, rows, columns] with whole levels, along the rows.
 */
import type { GraphWriter } from '#engine/graph/onnx/graph-writer.ts'
import { integer, integers, text } from '#engine/graph/onnx/onnx-pieces.ts'
import { onnxDataTypes } from '#engine/graph/onnx/onnx-model.ts'
import type { Preprocessing } from '#engine/vision/encoders/encoder-manifest.ts'

/** One axis of a photo on its way into the input; names of int64 [1]. */
export interface Axis {
  /** the photo's side, and what it is resized to */
  photo: string
  resized: string
  /** the stretch of the resized side that is wanted */
  start: string
  count: string
}

type Interpolation = Preprocessing['interpolation']

const toDouble = { to: integer(onnxDataTypes.float64) }
const toFloat = { to: integer(onnxDataTypes.float32) }
const toWhole = { to: integer(onnxDataTypes.int64) }

/** Pillow's fixed point: 22 bits behind the point, kept exact in float64. */
const pillowScale = 2 ** 22

/** As `vision/photos/resample.ts`. */
export function resampleRows(writer: GraphWriter, image: string, axis: Axis, interpolation: Interpolation): string {
  const { add, real } = writer
  const radius = real(interpolation === 'bicubic' ? 2 : 1)
  const size = add('Cast', [axis.photo], toDouble)
  const scale = add('Div', [size, add('Cast', [axis.resized], toDouble)])
  const stretch = add('Max', [scale, real(1)])
  const reach = add('Mul', [radius, stretch])
  const centres = add('Mul', [add('Add', [places(writer, axis), real(0.5)]), scale])
  const from = add('Max', [add('Floor', [add('Add', [add('Sub', [centres, reach]), real(0.5)])]), real(0)])
  const to = add('Min', [add('Floor', [add('Add', [add('Add', [centres, reach]), real(0.5)])]), size])
  const sources = add('Unsqueeze', [range(writer, axis.photo), writer.whole(0)])
  const distances = add('Div', [add('Add', [add('Sub', [sources, centres]), real(0.5)]), stretch])
  const inside = add('And', [add('GreaterOrEqual', [sources, from]), add('Less', [sources, to])])
  const shares = normalised(writer, kernel(writer, distances, interpolation), inside)
  const weights = add('Floor', [add('Add', [add('Mul', [shares, real(pillowScale)]), real(0.5)])])
  const sums = add('MatMul', [weights, add('Cast', [image], toDouble)])
  const levels = add('Floor', [add('Div', [add('Add', [sums, real(pillowScale / 2)]), real(pillowScale)])])
  return add('Cast', [clipped(writer, levels)], toFloat)
}

/** libvips's: 12 bits behind the point, cut off; whole numbers to 2^24 are exact in float32. */
const vipsScale = 2 ** 12
/** Its kernels stand at 64 places between two pixels. */
const vipsPlaces = 64

/**
 * As libvips: means of whole blocks of pixels first, so that at least a factor of two is left, then the kernel, from a table of 64 positions, over the
 * edge pixels repeated.
 */
export function shrinkRows(writer: GraphWriter, image: string, axis: Axis, interpolation: Interpolation): string {
  const { add, real, whole } = writer
  const block = add('Max', [add('Div', [axis.photo, add('Mul', [axis.resized, whole(2)])]), whole(1)])
  const blocks = add('Div', [add('Sub', [add('Add', [axis.photo, block]), whole(1)]), block])
  const means = writer.choose(
    add('Greater', [block, whole(1)]),
    (branch) => meansOfBlocks(branch, image, axis.photo, block, blocks),
    () => image,
  )
  const factor = add('Div', [add('Cast', [axis.photo], toDouble), add('Cast', [axis.resized], toDouble)])
  const shrink = add('Div', [factor, add('Cast', [block], toDouble)])
  // 2 · reach + 1 taps; Round takes halves to even numbers, as rint.
  const reach = add('Round', [interpolation === 'bicubic' ? add('Mul', [shrink, real(2)]) : shrink])
  const margin = add('Add', [add('Cast', [reach], toWhole), whole(1)])
  const padded = add('Pad', [means, add('Concat', [margin, margin], { axis: integer(0) }), '', whole(1)], { mode: text('edge') })

  const positions = add('Mul', [add('Add', [places(writer, axis), real(0.5)]), shrink])
  const whereabouts = add('Floor', [positions])
  const halfSteps = add('Floor', [add('Mul', [add('Sub', [positions, whereabouts]), real(2 * vipsPlaces)])])
  const steps = add('Floor', [add('Div', [add('Add', [halfSteps, real(1)]), real(2)])])
  const centres = add('Sub', [add('Add', [add('Div', [steps, real(vipsPlaces)]), reach]), real(0.5)])
  const length = add('Add', [blocks, add('Mul', [margin, whole(2)])])
  const sources = add('Sub', [add('Unsqueeze', [range(writer, length), whole(0)]), add('Cast', [margin], toDouble)])
  const taps = add('Add', [add('Sub', [sources, whereabouts]), reach])
  const inside = add('And', [add('GreaterOrEqual', [taps, real(0)]), add('LessOrEqual', [taps, add('Mul', [reach, real(2)])])])
  const distances = add('Div', [add('Sub', [taps, centres]), shrink])
  const shares = normalised(writer, kernel(writer, distances, interpolation), inside)
  // Casting to whole numbers cuts the rest off.
  const weights = add('Cast', [add('Cast', [add('Mul', [shares, real(vipsScale)])], toWhole)], toFloat)
  const sums = add('Add', [add('MatMul', [weights, padded]), writer.single(vipsScale / 2)])
  return clipped(writer, add('Floor', [add('Mul', [sums, writer.single(1 / vipsScale)])]), 'float')
}

/** [3, `photo` rows, columns] → [3, `blocks`, columns]: rounded means of `block` rows, the last row repeated where some are missing. */
function meansOfBlocks(writer: GraphWriter, image: string, photo: string, block: string, blocks: string): string {
  const { add, real, whole } = writer
  const missing = add('Sub', [add('Mul', [blocks, block]), photo])
  const filled = add('Pad', [image, add('Concat', [whole(0), missing], { axis: integer(0) }), '', whole(1)], { mode: text('edge') })
  const columns = add('Gather', [add('Shape', [image]), whole(2)])
  const grouped = add('Reshape', [filled, add('Concat', [whole(3), blocks, block, columns], { axis: integer(0) })])
  const sums = add('Cast', [add('ReduceSum', [grouped, whole(2)], { keepdims: integer(0) })], toDouble)
  const half = add('Cast', [add('Div', [block, whole(2)])], toDouble)
  // libvips divides by multiplying with ⌊2^24 / block⌋ and shifting.
  const reciprocal = add('Floor', [add('Div', [real(2 ** 24), add('Cast', [block], toDouble)])])
  const levels = add('Floor', [add('Div', [add('Mul', [add('Add', [sums, half]), reciprocal]), real(2 ** 24)])])
  return add('Cast', [levels], toFloat)
}

/** float64 [count, 1]: the wanted places along the resized side. */
function places(writer: GraphWriter, { start, count }: Axis): string {
  const from = writer.add('Cast', [start], toDouble)
  return writer.add('Unsqueeze', [writer.add('Add', [range(writer, count), from]), writer.whole(1)])
}

/** float64 [length]: 0, 1, 2 … */
function range(writer: GraphWriter, length: string): string {
  const { add, real } = writer
  return add('Range', [real(0), add('Squeeze', [add('Cast', [length], toDouble)]), real(1)])
}

/** Keys' cubic convolution with a = −1/2, or the triangle. */
function kernel(writer: GraphWriter, distances: string, interpolation: Interpolation): string {
  const { add, real } = writer
  const x = add('Abs', [distances])
  if (interpolation === 'bilinear') return add('Max', [add('Sub', [real(1), x]), real(0)])
  const polynomial = (...coefficients: number[]): string =>
    coefficients.slice(1).reduce((sum, coefficient) => add('Add', [add('Mul', [sum, x]), real(coefficient)]), real(coefficients[0]))
  const near = polynomial(1.5, -2.5, 0, 1)
  const far = add('Where', [add('Less', [x, real(2)]), polynomial(-0.5, 2.5, -4, 2), real(0)])
  return add('Where', [add('Less', [x, real(1)]), near, far])
}

/** Each row's values where `inside`, scaled to a sum of one. */
function normalised(writer: GraphWriter, values: string, inside: string): string {
  const kept = writer.add('Where', [inside, values, writer.real(0)])
  return writer.add('Div', [kept, writer.add('ReduceSum', [kept, writer.whole(1)], { keepdims: integer(1) })])
}

/** Bicubic weights can overshoot both ends. */
function clipped(writer: GraphWriter, levels: string, type: 'float' | 'double' = 'double'): string {
  const bound = (value: number): string => (type === 'double' ? writer.real(value) : writer.single(value))
  return writer.add('Clip', [levels, bound(0), bound(255)])
}

/** [3, rows, columns] → [3, columns, rows]: the other axis's turn. */
export function turned(writer: GraphWriter, image: string): string {
  return writer.add('Transpose', [image], { perm: integers(0, 2, 1) })
}
