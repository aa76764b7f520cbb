import { Tensor } from '#engine/runtime/onnxruntime.ts'
import { expect, test } from 'vitest'
import { onnxDataTypes } from '#engine/graph/onnx/onnx-model.ts'
import { encodeModel } from '#engine/graph/onnx/onnx-proto.ts'
import { regionPieces } from '#engine/onnx-export/onnx-regions.ts'
import { createSession } from '#engine/runtime/session.ts'
import { decodeDetections, ssdAnchors } from '#engine/vision/regions/detection.ts'
import { regionFeatures } from '#engine/vision/regions/roi-align.ts'
import { normal, randomAt } from '#shared/random.ts'

const labels = ['background', 'Cat', 'Dog', 'Car']
const [rows, columns, width] = [4, 5, 6]
const [limit, minimumScore] = [12, 0.3]
const anchors = ssdAnchors()
const count = anchors.length / 4

/** Raw outputs of a detector that is sure of some boxes and of no others. */
function drawn(sure: number) {
  const random = randomAt(7, 'weights', 0)
  const classes = Float32Array.from({ length: count * labels.length }, () => -6 + normal(random))
  for (let index = 0; index < sure; index++) classes[((index * 997) % count) * labels.length + 1 + (index % 3)] = 1 + normal(random)
  return {
    boxes: Float32Array.from({ length: count * 4 }, () => normal(random)),
    classes,
    grid: Float32Array.from({ length: rows * columns * width }, () => normal(random)),
  }
}

async function openRegions() {
  const { nodes, constants } = regionPieces({ labels: labels.length, cells: 'grid', rows, columns, width, limit, minimumScore })
  const float = (name: string, shape: (number | string)[]) => ({ name, dataType: onnxDataTypes.float32, shape })
  const inputs = [float('grid', [1, rows * columns, width]), float('raw_boxes', [1, count, 4]), float('raw_classes', [1, count, labels.length])]
  const outputs = [float('features', [1, 'regions', width]), float('boxes', [1, 'regions', 4]), float('visual_mask', [1, 'regions'])]
  return createSession(
    encodeModel({ irVersion: 10, opsets: [{ domain: '', version: 21 }], graph: { name: 'regions', nodes, initializers: constants, inputs, outputs } }),
    { threads: 1 },
  )
}

test.each([
  { what: 'fewer things than the limit', sure: 7 },
  { what: 'more things than the limit', sure: 60 },
  { what: 'nothing', sure: 0 },
])('exported regions are those that captioning sees: $what found', async ({ sure }) => {
  const { boxes: raw, classes, grid } = drawn(sure)
  const [found] = decodeDetections({ boxes: raw, classes, labels }, 1, anchors, { minimumScore })
  const expected = found.length === 0 ? [[0, 0, 1, 1] as const] : found.slice(0, limit).map(({ box }) => box)
  const session = await openRegions()
  const {
    features,
    boxes,
    visual_mask: mask,
  } = await session.run({
    grid: new Tensor('float32', grid, [1, rows * columns, width]),
    raw_boxes: new Tensor('float32', raw, [1, count, 4]),
    raw_classes: new Tensor('float32', classes, [1, count, labels.length]),
  })
  await session.release()
  expect(mask.dims).toEqual([1, expected.length])
  expect(Array.from(mask.data as Float32Array).every((value) => value === 1)).toBe(true)
  const close = (given: Tensor, wanted: Iterable<number>): void => {
    const values = Array.from(wanted)
    expect(given.size).toBe(values.length)
    values.forEach((value, index) => expect((given.data as Float32Array)[index]).toBeCloseTo(value, 5))
  }
  close(boxes, expected.flat())
  close(features, regionFeatures({ values: grid, rows, columns, width }, expected))
  if (sure > limit) expect(found.length).toBeGreaterThan(limit)
})
