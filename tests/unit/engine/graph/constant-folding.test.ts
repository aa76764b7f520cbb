import { expect, test } from 'vitest'
import { folded } from '#engine/graph/constant-folding.ts'
import { createGraph } from '#engine/graph/graph.ts'
import type { Graph } from '#engine/graph/types.ts'
import { writeOnnx } from '#engine/graph/onnx/onnx-write.ts'
import {
  absolute,
  add,
  concat,
  cosine,
  divide,
  gemm,
  logarithm,
  maximum,
  multiply,
  reduceSum,
  relu,
  reshape,
  sine,
  slice,
  subtract,
  transpose,
  unsqueeze,
} from '#engine/graph/operations.ts'
import type { Value } from '#engine/graph/types.ts'
import { floats, largestDifference, openSession } from '../../../support/small-captioner.ts'

const wave = (length: number, phase: number) => Float32Array.from({ length }, (_, index) => Math.sin(index * 1.7 + phase))
const constant = (graph: Graph, shape: readonly number[], phase: number) =>
  graph.constant(
    wave(
      shape.reduce((product, size) => product * size, 1),
      phase,
    ),
    'float32',
    shape,
  )

const computations: [string, (graph: Graph) => Value][] = [
  [
    'broadcast arithmetic',
    (graph) => {
      const difference = subtract(constant(graph, [2, 3, 1], 0), constant(graph, [3, 4], 1))
      return divide(multiply(difference, constant(graph, [2, 1, 4], 2)), add(absolute(constant(graph, [4], 3)), 1))
    },
  ],
  [
    'functions of one value',
    (graph) => {
      const [a, b, c] = [0, 1, 2].map((phase) => constant(graph, [5], phase))
      return add(add(sine(a), cosine(b)), logarithm(maximum(c, 0.01)))
    },
  ],
  ['transposed axes', (graph) => transpose(constant(graph, [2, 3, 4, 5], 0), [2, 0, 3, 1])],
  [
    'slices and concatenation in the middle',
    (graph) => {
      const x = constant(graph, [2, 5, 3], 0)
      return concat([slice(x, 1, 3, 5), slice(x, 1, 0, 2), unsqueeze(reshape(slice(x, 1, 2, 3), [2, 3]), [1])], 1)
    },
  ],
  ['a layer', (graph) => relu(gemm(constant(graph, [4, 3], 0), constant(graph, [2, 3], 1), constant(graph, [2], 2), { b: true }))],
  ['sums over the last axis', (graph) => reduceSum(constant(graph, [2, 3, 4], 0), [2])],
]

test.each(computations)('%s folded equal what onnxruntime computes', async (_, compute) => {
  const graph = createGraph()
  const value = compute(graph)
  const result = folded(value)
  graph.output('y', value)
  const expected = floats((await (await openSession(writeOnnx(graph, 'folding'))).run({}))['y'])
  expect(result.shape).toEqual(value.shape)
  expect(result.data).toBeInstanceOf(Float32Array)
  expect(largestDifference(result.data as Float32Array, expected)).toBeLessThan(1e-6)
})

test('what depends on something fed is left as it is', () => {
  const graph = createGraph()
  const value = add(constant(graph, [3], 0), graph.input('x', 'float32', [3]))
  expect(folded(value)).toBe(value)
})

test('an operator without a rule is said by name', () => {
  const graph = createGraph()
  expect(() => folded(graph.add('Tanh', [constant(graph, [3], 0)])[0])).toThrow('Tanh')
})
