import { Tensor } from '#engine/runtime/onnxruntime.ts'
import { describe, expect, test } from 'vitest'
import { encodeModel } from '#engine/graph/onnx/onnx-proto.ts'
import { createSession } from '#engine/runtime/session.ts'
import { convertGraphModel } from '#engine/vision/embedded/tensorflow-js/convert.ts'
import { readGraphModel, type GraphModel } from '#engine/vision/embedded/tensorflow-js/graph-model.ts'

const same = { s: [...Buffer.from('SAME')] }
const ones = { list: { i: ['1', '1', '1', '1'] } }
const twos = { list: { i: ['1', '2', '2', '1'] } }

/** input → convolution 3×3 of stride 2 → + bias → depthwise 3×3 → batch norm → ReLU6 → + itself */
const nodes = [
  { name: 'image', op: 'Placeholder' },
  { name: 'conv', op: 'Conv2D', input: ['image', 'kernel'], attr: { padding: same, strides: twos, dilations: ones } },
  { name: 'biased', op: 'BiasAdd', input: ['conv', 'bias'] },
  { name: 'depthwise', op: 'DepthwiseConv2dNative', input: ['biased', 'depthwise_kernel'], attr: { padding: same, strides: ones, dilations: ones } },
  { name: 'normed', op: 'FusedBatchNorm', input: ['depthwise', 'gamma', 'beta', 'mean', 'variance'], attr: { epsilon: { f: 0.001 } } },
  { name: 'relu', op: 'Relu6', input: ['normed:0', '^image'] },
  { name: 'twice', op: 'AddN', input: ['relu', 'relu', 'relu'] },
]
const channels = 2
const weights = {
  kernel: { shape: [3, 3, 3, channels], values: sequence(54) },
  bias: { shape: [channels], values: [0.5, -0.25] },
  depthwise_kernel: { shape: [3, 3, channels, 1], values: sequence(18) },
  gamma: { shape: [channels], values: [1.5, 0.5] },
  beta: { shape: [channels], values: [0.1, 0.2] },
  mean: { shape: [channels], values: [0.3, -0.1] },
  variance: { shape: [channels], values: [0.9, 1.1] },
}

function sequence(length: number): number[] {
  return Array.from({ length }, (_, index) => Math.sin(index + 1) / 2)
}

function files(): { json: string; bytes: Uint8Array } {
  const list = Object.entries(weights).map(([name, { shape }]) => ({ name, shape, dtype: 'float32' }))
  const bytes = new Uint8Array(Float32Array.from(Object.values(weights).flatMap(({ values }) => values)).buffer)
  return { json: JSON.stringify({ modelTopology: { node: nodes }, weightsManifest: [{ paths: ['a', 'b'], weights: list }] }), bytes }
}

/** The weights come in two files, cut at no number's border. */
function read(json = files().json): Promise<GraphModel> {
  const { bytes } = files()
  return readGraphModel(json, async (name) => Promise.resolve(name === 'a' ? bytes.subarray(0, 99) : bytes.subarray(99)))
}

const named = { input: { node: 'image', name: 'image', size: 5 }, outputs: { out: 'twice' } }

/** The same network in plain loops over [height, width, channels], as TensorFlow defines it. */
function expected(image: number[][][]): number[][][] {
  const convolve = (input: number[][][], stride: number, before: number, size: number, depthwise: boolean): number[][][] =>
    Array.from({ length: size }, (_, y) =>
      Array.from({ length: size }, (_, x) =>
        Array.from({ length: channels }, (_, output) => {
          let sum = 0
          for (let i = 0; i < 3; i++)
            for (let j = 0; j < 3; j++) {
              const pixel = input[y * stride + i - before]?.[x * stride + j - before]
              if (pixel === undefined) continue
              if (depthwise) sum += pixel[output] * weights.depthwise_kernel.values[(i * 3 + j) * channels + output]
              else pixel.forEach((value, from) => (sum += value * weights.kernel.values[((i * 3 + j) * 3 + from) * channels + output]))
            }
          return sum
        }),
      ),
    )
  const each = (input: number[][][], of: (value: number, channel: number) => number): number[][][] => input.map((row) => row.map((pixel) => pixel.map(of)))
  const { gamma, beta, mean, variance, bias } = weights
  const biased = each(convolve(image, 2, 1, 3, false), (value, channel) => value + bias.values[channel])
  const normed = each(
    convolve(biased, 1, 1, 3, true),
    (value, c) => ((value - mean.values[c]) / Math.sqrt(variance.values[c] + 0.001)) * gamma.values[c] + beta.values[c],
  )
  return each(normed, (value) => 3 * Math.min(Math.max(value, 0), 6))
}

describe('a TensorFlow.js graph model', () => {
  test('gives as ONNX what TensorFlow’s definitions give', async () => {
    const graph = convertGraphModel(await read(), named)
    expect(graph.outputs).toMatchObject([{ name: 'out', shape: ['n', channels, 3, 3] }])
    const session = await createSession(encodeModel({ irVersion: 8, opsets: [{ domain: '', version: 17 }], graph }))
    const image = Array.from({ length: 5 }, (_, y) => Array.from({ length: 5 }, (_, x) => [0, 1, 2].map((channel) => Math.cos(y * 31 + x * 7 + channel))))
    const planes = [0, 1, 2].flatMap((channel) => image.flatMap((row) => row.map((pixel) => pixel[channel])))
    const { out } = await session.run({ image: new Tensor('float32', Float32Array.from([...planes, ...planes]), [2, 3, 5, 5]) })
    const wanted = expected(image)
    const flat = Array.from({ length: channels }, (_, channel) => wanted.flatMap((row) => row.map((pixel) => pixel[channel]))).flat()
    Array.from(out.data as Float32Array).forEach((value, index) => expect(value).toBeCloseTo(flat[index % flat.length], 4))
    await session.release()
  })

  test('with an operation that is not converted names it', async () => {
    const json = files().json.replace('"Relu6"', '"Softmax"')
    const model = await read(json)
    expect(() => convertGraphModel(model, named)).toThrow('the operation Softmax ("relu")')
  })

  test('whose weight files are too short is refused', async () => {
    await expect(readGraphModel(files().json, async () => Promise.resolve(new Uint8Array(40)))).rejects.toThrow('too short')
  })

  test('that is another kind of file is refused', async () => {
    await expect(readGraphModel('{"format":"layers-model"}', async () => Promise.resolve(new Uint8Array()))).rejects.toThrow('is not valid')
    await expect(readGraphModel('{', async () => Promise.resolve(new Uint8Array()))).rejects.toThrow('is not JSON')
  })
})
