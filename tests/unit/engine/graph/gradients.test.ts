import { InferenceSession, Tensor } from '#engine/runtime/onnxruntime.ts'
import { describe, expect, test } from 'vitest'
import { gradients } from '#engine/graph/differentiate.ts'
import { createGraph } from '#engine/graph/graph.ts'
import { writeOnnx } from '#engine/graph/onnx/onnx-write.ts'
import * as operations from '#engine/graph/operations.ts'
import { elementCount } from '#engine/graph/shapes.ts'
import type { Value } from '#engine/graph/types.ts'
import { layerNorm } from '#engine/nn/layer-norm.ts'

type FloatType = 'float32' | 'float64'

interface Case {
  readonly name: string
  /** Shapes of the inputs, each of which is differentiated. */
  readonly shapes: readonly (readonly number[])[]
  /** Values are drawn from here: away from kinks and from where a function is undefined. */
  readonly range?: readonly [low: number, high: number]
  /** float32 where onnxruntime's CPU provider has no float64 kernel. */
  readonly type?: FloatType
  readonly build: (...inputs: Value[]) => Value
}

const o = operations
const small: readonly (readonly number[])[] = [[2, 3]]
const positive = { range: [0.5, 2] as const }

const cases: readonly Case[] = [
  { name: 'Add with a broadcast row', shapes: [[2, 3], [3]], build: o.add },
  { name: 'Add with a broadcast scalar and column', shapes: [[2, 1], []], build: o.add },
  {
    name: 'Sub with a broadcast operand',
    shapes: [
      [1, 3],
      [2, 3],
    ],
    build: o.subtract,
  },
  {
    name: 'Mul with a broadcast operand',
    shapes: [
      [4, 1, 3],
      [2, 1],
    ],
    build: o.multiply,
  },
  { name: 'Mul of a value with itself', shapes: small, build: (x) => o.multiply(x, x) },
  {
    name: 'Div with a broadcast operand',
    shapes: [
      [2, 3],
      [2, 1],
    ],
    ...positive,
    build: o.divide,
  },
  { name: 'Pow', shapes: small, ...positive, build: (x) => o.power(x, 2.5) },
  { name: 'Max with a constant', shapes: small, build: (x) => o.maximum(x, 0.1) },
  { name: 'Max of two values', shapes: [[2, 3], [3]], build: o.maximum },
  { name: 'Neg', shapes: small, build: o.negate },
  { name: 'Exp', shapes: small, build: o.exponential },
  { name: 'Log', shapes: small, ...positive, build: o.logarithm },
  { name: 'Sqrt', shapes: small, ...positive, build: o.squareRoot },
  { name: 'Abs', shapes: small, build: o.absolute },
  { name: 'Sin', shapes: small, build: o.sine },
  { name: 'Cos', shapes: small, build: o.cosine },
  { name: 'Relu', shapes: small, build: o.relu },
  { name: 'Sigmoid', shapes: small, build: o.sigmoid },
  { name: 'Tanh', shapes: small, build: o.tanh },
  { name: 'Erf', shapes: small, type: 'float32', build: o.errorFunction },
  { name: 'Gelu', shapes: small, type: 'float32', build: o.gelu },
  { name: 'quick Gelu', shapes: small, build: o.quickGelu },
  { name: 'Identity', shapes: small, build: o.identity },
  { name: 'Clip', shapes: small, build: (x) => o.clip(x, -0.45, 0.65) },
  { name: 'Cast', shapes: small, build: (x) => o.square(o.cast(o.cast(x, 'float64'), 'float32')), type: 'float32' },
  { name: 'Softmax over the last axis', shapes: [[2, 3, 4]], build: (x) => o.softmax(x) },
  { name: 'Softmax over an inner axis', shapes: [[2, 3, 4]], build: (x) => o.softmax(x, 1) },
  { name: 'LogSoftmax', shapes: [[3, 4]], build: (x) => o.logSoftmax(x) },
  { name: 'ReduceSum over some axes', shapes: [[2, 3, 4]], build: (x) => o.reduceSum(x, [0, 2]) },
  { name: 'ReduceSum keeping axes', shapes: [[2, 3]], build: (x) => o.reduceSum(x, [1], 'keep') },
  { name: 'ReduceMean', shapes: [[2, 3, 4]], build: (x) => o.reduceMean(x, [1]) },
  { name: 'ReduceMax', shapes: [[2, 3]], build: (x) => o.reduceMax(x, [1]) },
  {
    name: 'MatMul',
    shapes: [
      [2, 3],
      [3, 4],
    ],
    build: o.matMul,
  },
  {
    name: 'MatMul in batches',
    shapes: [
      [2, 2, 2, 3],
      [2, 2, 3, 4],
    ],
    build: o.matMul,
  },
  {
    name: 'MatMul with a broadcast batch',
    shapes: [
      [2, 2, 3],
      [3, 4],
    ],
    build: o.matMul,
  },
  { name: 'Gemm with a bias', shapes: [[2, 3], [3, 4], [4]], build: (a, b, c) => o.gemm(a, b, c) },
  {
    name: 'Gemm with A transposed',
    shapes: [
      [3, 2],
      [3, 4],
    ],
    build: (a, b) => o.gemm(a, b, undefined, { a: true }),
  },
  { name: 'Gemm with B transposed', shapes: [[2, 3], [4, 3], [4]], build: (a, b, c) => o.gemm(a, b, c, { b: true }) },
  {
    name: 'Gemm with both transposed',
    shapes: [
      [3, 2],
      [4, 3],
    ],
    build: (a, b) => o.gemm(a, b, undefined, { a: true, b: true }),
  },
  { name: 'Reshape', shapes: [[2, 6]], build: (x) => o.reshape(x, [3, 4]) },
  { name: 'Transpose', shapes: [[2, 3, 4]], build: (x) => o.transpose(x, [2, 0, 1]) },
  {
    name: 'Concat',
    shapes: [
      [2, 1],
      [2, 3],
    ],
    build: (a, b) => o.concat([a, b], 1),
  },
  { name: 'Split with one part unused', shapes: [[2, 6]], build: (x) => o.multiply(...pairOf(o.split(x, 1, [2, 2, 2]))) },
  { name: 'Slice', shapes: [[2, 5]], build: (x) => o.slice(x, -1, 1, 4) },
  { name: 'Pad', shapes: [[2, 3]], build: (x) => o.pad(x, [0, 1], [2, 0]) },
  { name: 'Expand', shapes: [[2, 1]], build: (x) => o.expand(x, [3, 2, 4]) },
  { name: 'Unsqueeze', shapes: [[2, 3]], build: (x) => o.unsqueeze(x, [0, 2]) },
  { name: 'Squeeze', shapes: [[2, 1, 3]], build: (x) => o.squeeze(x, [1]) },
  { name: 'Gather with repeated rows', shapes: [[4, 3]], build: (x) => o.gather(x, x.graph.integers([2, 0, 2, 2, 3])) },
  {
    name: 'ScatterND adding rows',
    shapes: [
      [4, 3],
      [2, 3],
    ],
    build: (data, updates) => o.scatterAdd(data, column(data, [3, 1]), updates),
  },
  { name: 'Where with a broadcast side', shapes: [[2, 3], [3]], build: (a, b) => o.where(o.greater(a, 0.1), a, b) },
  { name: 'LayerNormalization', type: 'float32', shapes: [[3, 4], [4], [4]], build: (x, scale, bias) => o.layerNormalization(x, scale, bias, 1e-5) },
  { name: 'LayerNormalization of three axes', type: 'float32', shapes: [[2, 3, 4], [4], [4]], build: (x, a, b) => o.layerNormalization(x, a, b, 1e-5) },
  { name: 'the published layer norm', shapes: [[3, 4], [4], [4]], build: publishedNorm },
  { name: 'a value used three times', shapes: small, build: (x) => o.add(o.multiply(x, o.exponential(x)), x) },
]

function pairOf(parts: readonly Value[]): [Value, Value] {
  return [parts[0], parts[2]]
}

function column(like: Value, indices: readonly number[]): Value {
  return o.reshape(like.graph.integers(indices), [indices.length, 1])
}

function publishedNorm(x: Value, scale: Value, offset: Value): Value {
  const parameter = (name: string) => (name.endsWith('a_2') ? scale : offset)
  return layerNorm({ parameter, dropout: (value) => value }, 'norm', x, 'published')
}

/** Σ result · fixed uneven weights, so that no gradient cancels by symmetry. */
function weightedSum(result: Value, type: FloatType): Value {
  const weights = Float64Array.from({ length: elementCount(result.shape) }, (_, index) => Math.sin(index + 1) + 0.3)
  const constant = result.graph.constant(type === 'float64' ? weights : Float32Array.from(weights), type, result.shape)
  const product = o.multiply(result, constant)
  return product.shape.length === 0 ? product : o.reduceSum(product, [...product.shape.keys()])
}

/** Fixed irregular values in a range. */
function valuesIn([low, high]: readonly [number, number], count: number, seed: number): Float64Array {
  return Float64Array.from({ length: count }, (_, index) => low + (high - low) * (((index + 1) * 0.6180339887 + seed * 0.37) % 1))
}

function tensor(type: FloatType, data: Float64Array, shape: readonly number[]): Tensor {
  return type === 'float64' ? new Tensor('float64', data, shape) : new Tensor('float32', Float32Array.from(data), shape)
}

async function numbers(session: InferenceSession, feeds: Record<string, Tensor>, output: string): Promise<number[]> {
  const { [output]: result } = await session.run(feeds, [output])
  return Array.from(result.data, Number)
}

describe('shapes are as inferred, and gradients equal central differences:', () => {
  test.each(cases)('$name', async ({ shapes, range, type = 'float64', build }) => {
    const graph = createGraph()
    const inputs = shapes.map((shape, index) => graph.input(`x${index}`, type, shape))
    const result = build(...inputs)
    const loss = weightedSum(result, type)
    graph.output('result', result)
    graph.output('loss', loss)
    gradients(loss, inputs).forEach((gradient, index) => graph.output(`gradient:x${index}`, gradient))
    const session = await InferenceSession.create(writeOnnx(graph, 'gradients'))

    const data = shapes.map((shape, index) => valuesIn(range ?? [-1, 1], elementCount(shape), index))
    const feedsOf = (values: readonly Float64Array[]) => Object.fromEntries(values.map((value, index) => [`x${index}`, tensor(type, value, shapes[index])]))
    expect((await session.run(feedsOf(data), ['result']))['result'].dims, 'the inferred shape').toEqual(result.shape)

    const step = type === 'float64' ? 1e-5 : 1e-2
    for (const [index, values] of data.entries()) {
      const analytic = await numbers(session, feedsOf(data), `gradient:x${index}`)
      for (const element of values.keys()) {
        const lossAt = async (offset: number) => {
          const moved = data.map((array) => array.slice())
          moved[index][element] += offset
          return (await numbers(session, feedsOf(moved), 'loss'))[0]
        }
        const numeric = ((await lossAt(step)) - (await lossAt(-step))) / (2 * step)
        const tolerance = (type === 'float64' ? 1e-7 : 2e-3) * Math.max(1, Math.abs(numeric))
        expect(Math.abs(analytic[element] - numeric), `x${index}[${element}]: ${analytic[element]} against ${numeric}`).toBeLessThan(tolerance)
      }
    }
    await session.release()
  })
})
