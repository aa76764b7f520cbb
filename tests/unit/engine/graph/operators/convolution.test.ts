import { InferenceSession, Tensor } from '#engine/runtime/onnxruntime.ts'
import { expect, test } from 'vitest'
import { createGraph } from '#engine/graph/graph.ts'
import { writeOnnx } from '#engine/graph/onnx/onnx-write.ts'
import { elementCount } from '#engine/graph/shapes.ts'
import type { Attributes } from '#engine/graph/types.ts'
import { floats } from '../../../../support/small-captioner.ts'

interface Case {
  readonly name: string
  readonly operator: string
  /** The image first, then the operator's weights. */
  readonly shapes: readonly (readonly number[])[]
  readonly attributes: Attributes
}

const cases: readonly Case[] = [
  { name: 'Conv', operator: 'Conv', shapes: [[2, 3, 7, 6], [4, 3, 3, 2], [4]], attributes: {} },
  {
    name: 'Conv with stride, padding and dilation',
    operator: 'Conv',
    shapes: [
      [1, 3, 9, 9],
      [4, 3, 3, 3],
    ],
    attributes: { strides: { ints: [2, 1] }, pads: { ints: [1, 0, 2, 1] }, dilations: { ints: [2, 1] } },
  },
  {
    name: 'depthwise Conv',
    operator: 'Conv',
    shapes: [
      [1, 4, 5, 5],
      [4, 1, 3, 3],
    ],
    attributes: { group: { int: 4 }, pads: { ints: [1, 1, 1, 1] } },
  },
  { name: 'MaxPool', operator: 'MaxPool', shapes: [[1, 2, 7, 7]], attributes: { kernel_shape: { ints: [3, 3] }, strides: { ints: [2, 2] } } },
  { name: 'AveragePool', operator: 'AveragePool', shapes: [[1, 2, 6, 7]], attributes: { kernel_shape: { ints: [2, 2] }, strides: { ints: [2, 2] } } },
  { name: 'GlobalAveragePool', operator: 'GlobalAveragePool', shapes: [[2, 3, 4, 5]], attributes: {} },
  { name: 'BatchNormalization', operator: 'BatchNormalization', shapes: [[2, 3, 4, 4], [3], [3], [3], [3]], attributes: { epsilon: { float: 1e-5 } } },
]

test.each(cases)('$name has the shape that was inferred', async ({ operator, shapes, attributes }) => {
  const graph = createGraph()
  const inputs = shapes.map((shape, index) => graph.input(`x${index}`, 'float32', shape))
  const [result] = graph.add(operator, inputs, attributes)
  graph.output('y', result)
  const session = await InferenceSession.create(writeOnnx(graph, 'convolution'))
  const feeds = shapes.map((shape, index) => [`x${index}`, new Tensor('float32', new Float32Array(elementCount(shape)).fill(1), shape)] as const)
  const { y } = await session.run(Object.fromEntries(feeds))
  expect(y.dims).toEqual(result.shape)
  expect(floats(y).every(Number.isFinite)).toBe(true)
})

test('a convolution says when its channels do not fit', () => {
  const graph = createGraph()
  const image = graph.input('image', 'float32', [1, 4, 8, 8])
  const weight = graph.input('weight', 'float32', [2, 3, 3, 3])
  expect(() => graph.add('Conv', [image, weight])).toThrow('4 channels do not fit 3 × 1 groups')
  expect(() => graph.add('MaxPool', [image])).toThrow('kernel_shape is missing')
})
