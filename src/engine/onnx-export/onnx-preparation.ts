/**
 * An encoder's preprocessing as an ONNX model, for programs that have no resizing like ours: a decoded photo `photo` uint8
 * [height, width, 3] → `pixels` float32 [batch, 3, height, width], the same image in every place of a fixed batch. Sizes as
 * `vision/photos/placement.ts` computes them, levels as `vision/photos/image.ts` does, to the last one; only of JPEG and WebP files more than four
 * times too large, which are decoded smaller inside, levels differ (by two at most where it was tried).
 */
import { graphWriter, type GraphWriter } from '#engine/graph/onnx/graph-writer.ts'
import { integer, integers } from '#engine/graph/onnx/onnx-pieces.ts'
import { onnxDataTypes } from '#engine/graph/onnx/onnx-model.ts'
import { encodeModel } from '#engine/graph/onnx/onnx-proto.ts'
import type { Preprocessing } from '#engine/vision/encoders/encoder-manifest.ts'
import { resampleRows, shrinkRows, turned, type Axis } from './onnx-resampling.ts'

const toDouble = { to: integer(onnxDataTypes.float64) }
const toFloat = { to: integer(onnxDataTypes.float32) }
const toWhole = { to: integer(onnxDataTypes.int64) }
const inARow = { axis: integer(0) }

/** An axis, where its stretch goes in the input, and whether libvips's way is taken (bool [1]). */
interface PlacedAxis extends Axis {
  destination: string
  shrinks: string
  /** the input's side */
  side: number
}

export function preparationModel(input: Preprocessing, batch: number): Uint8Array {
  const { writer, pieces } = graphWriter('prepare')
  const { add } = writer
  const { rows, columns } = placed(writer, input)
  const planes = add('Cast', [add('Transpose', ['photo'], { perm: integers(2, 0, 1) })], toFloat)
  const resized = resizedPlanes(writer, planes, rows, columns, input.interpolation)
  const pads = [rows, columns].map(({ side, destination, count }) => ({
    before: destination,
    after: add('Sub', [add('Sub', [writer.whole(side), destination]), count]),
  }))
  const around = add('Concat', [...pads.map(({ before }) => before), ...pads.map(({ after }) => after)], inARow)
  const levels = add('Pad', [resized, around, '', writer.whole(1, 2)]) // what is missing is black
  const pixels = normalised(writer, levels, input)
  const expanded = {
    opType: 'Expand',
    name: 'pixels',
    inputs: [pixels, writer.whole(batch, 3, input.height, input.width)],
    outputs: ['pixels'],
    attributes: {},
  }
  const inputs = [{ name: 'photo', dataType: onnxDataTypes.uint8, shape: ['photo height', 'photo width', 3] }]
  const outputs = [{ name: 'pixels', dataType: onnxDataTypes.float32, shape: [batch, 3, input.height, input.width] }]
  const graph = { name: 'prepare', nodes: [...pieces.nodes, expanded], initializers: pieces.constants, inputs, outputs }
  return encodeModel({ irVersion: 10, opsets: [{ domain: '', version: 21 }], graph })
}

/** `placePhoto` in whole numbers. */
function placed(writer: GraphWriter, { width, height, resize, shortSide }: Preprocessing): { rows: PlacedAxis; columns: PlacedAxis } {
  const { add, whole } = writer
  const shape = add('Shape', ['photo'])
  const [photoHeight, photoWidth] = [0, 1].map((axis) => add('Gather', [shape, whole(axis)]))
  const [fitWidth, fitHeight] = resize === 'crop' && shortSide !== undefined ? [shortSide, shortSide] : [width, height]
  const following = (photo: string, fit: number, other: string): string => add('Max', [add('Div', [add('Mul', [photo, whole(fit)]), other]), whole(1)])
  /** whether the width would grow by more than the height (fitWidth / photoWidth > fitHeight / photoHeight) */
  const widerFit = add('Greater', [add('Mul', [whole(fitWidth), photoHeight]), add('Mul', [whole(fitHeight), photoWidth])])
  const widthFirst = resize === 'crop' ? widerFit : add('Not', [widerFit])
  const squashed = resize === 'squash'
  const resizedWidth = squashed ? whole(width) : add('Where', [widthFirst, whole(fitWidth), following(photoWidth, fitHeight, photoHeight)])
  const resizedHeight = squashed ? whole(height) : add('Where', [widthFirst, following(photoHeight, fitWidth, photoWidth), whole(fitHeight)])
  return { rows: placedAxis(writer, photoHeight, resizedHeight, height), columns: placedAxis(writer, photoWidth, resizedWidth, width) }
}

function placedAxis({ add, real, whole }: GraphWriter, photo: string, resized: string, side: number): PlacedAxis {
  const over = add('Cast', [add('Sub', [resized, whole(side)])], toDouble)
  const cut = add('Cast', [add('Round', [add('Div', [over, real(2)])])], toWhole) // halves to even numbers
  const start = add('Max', [cut, whole(0)])
  return {
    photo,
    resized,
    start,
    count: add('Min', [add('Sub', [resized, start]), whole(side)]),
    destination: add('Max', [add('Neg', [cut]), whole(0)]),
    // As `shrunkSide`: by half or more.
    shrinks: add('GreaterOrEqual', [add('Mul', [photo, whole(2)]), add('Mul', [resized, whole(3)])]),
    side,
  }
}

/** [3, photo height, photo width] → [3, rows' count, columns' count]: what shrinks first, rows before columns; then the others, columns before rows. */
function resizedPlanes(writer: GraphWriter, planes: string, rows: PlacedAxis, columns: PlacedAxis, interpolation: Preprocessing['interpolation']): string {
  const shrunk = writer.choose(
    rows.shrinks,
    (branch) => shrinkRows(branch, planes, rows, interpolation),
    () => planes,
  )
  const upended = turned(writer, shrunk)
  const narrow = writer.choose(
    columns.shrinks,
    (branch) => shrinkRows(branch, upended, columns, interpolation),
    (branch) => resampleRows(branch, upended, columns, interpolation),
  )
  const upright = turned(writer, narrow)
  return writer.choose(
    rows.shrinks,
    () => upright,
    (branch) => resampleRows(branch, upright, rows, interpolation),
  )
}

/** Levels → (level / 255 − mean) / deviation, computed in float64 as `normalise` does. */
function normalised({ add, real, reals }: GraphWriter, levels: string, { mean, std }: Preprocessing): string {
  const shares = add('Div', [add('Cast', [levels], toDouble), real(255)])
  const centred = add('Sub', [shares, reals([3, 1, 1], mean)])
  return add('Cast', [add('Div', [centred, reals([3, 1, 1], std)])], toFloat)
}
