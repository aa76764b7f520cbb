/** The encoder's attention against the formulas, written out number by number. */
import { Tensor } from '#engine/runtime/onnxruntime.ts'
import { describe, expect, test } from 'vitest'
import type { CaptionerConfig, GeometryAwareConfig } from '#engine/captioners/captioner.ts'
import { encoderAttention } from '#engine/captioners/encoder-attention.ts'
import { inferenceScope } from '#engine/captioners/transformer-layers.ts'
import { transformerParameters } from '#engine/captioners/transformer-parameters.ts'
import { visualTokens } from '#engine/captioners/visual-tokens.ts'
import { createGraph } from '#engine/graph/graph.ts'
import { writeOnnx } from '#engine/graph/onnx/onnx-write.ts'
import { reshape } from '#engine/graph/operations.ts'
import {
  drawBatch,
  drawWeights,
  floats,
  openSession,
  parameterFeeds,
  randomFrom,
  smallGeometryAware,
  smallShape,
  visualFeeds,
  type DrawnBatch,
} from '../../../support/small-captioner.ts'

const name = 'model.encoder.layers.0.self_attn'
const { images, visualTokens: length } = smallShape
type Rows = number[][]

interface Attention {
  readonly config: CaptionerConfig
  readonly x: Float32Array
  readonly weights: Map<string, Float32Array>
  readonly batch: DrawnBatch
}

function drawn(config: CaptionerConfig): Attention {
  const random = randomFrom(21)
  const weights = drawWeights(transformerParameters(config), random)
  const x = Float32Array.from({ length: images * length * config.width }, () => random() * 2 - 1)
  return { config, x, weights, batch: drawBatch(config, smallShape, random) }
}

/** What the graph computes, [images · length, width], the parameters being fed. */
async function computed({ config, x, weights, batch }: Attention): Promise<Float32Array> {
  const graph = createGraph()
  const tokens = visualTokens(graph, config, 'float32', smallShape)
  const specs = new Map(transformerParameters(config).map((spec) => [spec.name, graph.input(spec.name, 'float32', spec.shape)]))
  const find = (parameter: string) => specs.get(parameter) ?? graph.input(parameter, 'float32', [])
  const input = graph.input('x', 'float32', [images * length, config.width])
  graph.output('y', reshape(encoderAttention(inferenceScope(find), config, tokens)(name, input), [images * length, config.width]))
  const session = await openSession(writeOnnx(graph, 'attention'))
  const given: Record<string, Tensor> = {
    ...visualFeeds(config, smallShape, batch),
    ...parameterFeeds(transformerParameters(config), weights),
    x: new Tensor('float32', x, [images * length, config.width]),
  }
  const results = await session.run(Object.fromEntries(session.inputNames.map((fed) => [fed, given[fed]])))
  return floats(results['y'])
}

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, index) => sum + value * b[index], 0)
const relu = (value: number) => Math.max(value, 0)

/** One image's rows and the layers that may be applied to them. */
interface Layer {
  readonly image: number
  readonly rows: Rows
  linear(part: string, input: readonly number[]): number[]
}

type Bias = (layer: Layer, head: number, i: number, j: number) => number
type Normalisation = (queries: Rows, valid: boolean[]) => Rows

/** The same by the formulas; the bias is added to the logits of valid keys. */
function byHand({ config, x, weights, batch }: Attention, bias: Bias, normalise: Normalisation): number[] {
  const { width, heads } = config
  const headWidth = width / heads
  const masked = config.architecture !== 'transformer' && config.boxes.kind === 'regions'
  const layer = (image: number): Layer => {
    const rows = Array.from({ length }, (_, token) => [...x.slice((image * length + token) * width, (image * length + token + 1) * width)])
    return { image, rows, linear: (part, input) => linearByHand(weights, `${name}.${part}`, input) }
  }
  return Array.from({ length: images }, (_, image) => {
    const own = layer(image)
    const valid = Array.from({ length }, (_token, token) => !masked || batch.mask[image * length + token] === 1)
    const [projected, keys, values] = [0, 1, 2].map((index) => own.rows.map((row) => own.linear(`linears.${index}`, row)))
    const queries = normalise(projected, valid)
    const part = (row: number[], head: number) => row.slice(head * headWidth, (head + 1) * headWidth)
    return queries.map((query, i) => {
      const joined = Array.from({ length: heads }, (_head, head) => {
        const logit = (key: number[], j: number) => dot(part(query, head), part(key, head)) / Math.sqrt(headWidth) + bias(own, head, i, j)
        const logits = keys.map((key, j) => (valid[j] ? logit(key, j) : -Infinity))
        const exponentials = logits.map(Math.exp)
        const total = exponentials.reduce((sum, value) => sum + value, 0)
        return Array.from({ length: headWidth }, (_column, column) =>
          values.reduce((sum, value, j) => sum + (exponentials[j] / total) * part(value, head)[column], 0),
        )
      }).flat()
      return own.linear('linears.3', joined)
    })
  }).flat(2)
}

function linearByHand(weights: Map<string, Float32Array>, layer: string, input: readonly number[]): number[] {
  const weight = weights.get(`${layer}.weight`) ?? new Float32Array()
  const bias = weights.get(`${layer}.bias`) ?? new Float32Array()
  return Array.from(bias, (offset, row) => offset + dot([...weight.slice(row * input.length, (row + 1) * input.length)], input))
}

/** f of boxes i and j: no 1 is added to sides here. */
function relation(boxes: Float32Array, i: number, j: number): number[] {
  const [a, b] = [i, j].map((token) => [...boxes.slice(token * 4, token * 4 + 4)])
  const alongAxis = (axis: number) => {
    const [sideA, sideB] = [a, b].map((box) => Math.max(box[axis + 2] - box[axis], 1e-3))
    const distance = Math.abs((a[axis] + a[axis + 2]) / 2 - (b[axis] + b[axis + 2]) / 2)
    return [Math.log(Math.max(distance / sideA, 1e-3)), Math.log(sideA / sideB)]
  }
  const [[distanceX, ratioX], [distanceY, ratioY]] = [alongAxis(0), alongAxis(1)]
  return [distanceX, distanceY, ratioX, ratioY]
}

/** (x − mean)/√(variance + ε) of each channel over the valid tokens. */
function instanceNormByHand(rows: Rows, valid: boolean[], epsilon: number, affine?: readonly [Float32Array, Float32Array]): Rows {
  const counted = rows.filter((_, token) => valid[token])
  const columns = rows[0].map((_, channel) => {
    const values = counted.map((row) => row[channel])
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
    return { mean, deviation: Math.sqrt(variance + epsilon) }
  })
  return rows.map((row) =>
    row.map((value, channel) => {
      const normed = (value - columns[channel].mean) / columns[channel].deviation
      return affine === undefined ? normed : normed * affine[0][channel] + affine[1][channel]
    }),
  )
}

async function expectSame(attention: Attention, expected: readonly number[]): Promise<void> {
  const actual = await computed(attention)
  expect(actual).toHaveLength(expected.length)
  // What padded tokens compute is read by nobody.
  const masked = attention.config.architecture !== 'transformer' && attention.config.boxes.kind === 'regions'
  actual.forEach((value, index) => {
    const counts = !masked || attention.batch.mask[Math.floor(index / attention.config.width)] === 1
    if (counts) expect(value).toBeCloseTo(expected[index], 5)
  })
}

const regionsConfig: GeometryAwareConfig = { ...smallGeometryAware, boxes: { kind: 'regions' } }
const plain = (queries: Rows) => queries
const nothing = () => 0

describe('instance-normalised queries', () => {
  const epsilon = smallGeometryAware.queryNormEpsilon
  test('without scale and offset, over all tokens of a grid', async () => {
    const attention = drawn({ ...smallGeometryAware, geometry: [] })
    await expectSame(
      attention,
      byHand(attention, nothing, (queries, valid) => instanceNormByHand(queries, valid, epsilon)),
    )
  })

  test('with scale and offset, over the valid tokens of padded regions only', async () => {
    const attention = drawn({ ...regionsConfig, geometry: [], queryNorm: 'instance-affine' })
    const parameter = (part: string) => attention.weights.get(`${name}.query_norm.${part}`) ?? new Float32Array()
    const affine = [parameter('a_2'), parameter('b_2')] as const
    await expectSame(
      attention,
      byHand(attention, nothing, (queries, valid) => instanceNormByHand(queries, valid, epsilon, affine)),
    )
  })
})

describe('geometry terms', () => {
  const { heads, geometryWidth } = smallGeometryAware
  const headWidth = smallGeometryAware.width / heads

  /** G of a pair for a head, from the layer that the sharing says. */
  function vector({ config, weights, batch }: Attention, image: number, head: number, i: number, j: number): number[] {
    if (config.architecture !== 'geometry-aware') throw new Error('only the geometry-aware captioner has vectors')
    const boxes = batch.boxes.slice(image * length * 4, (image + 1) * length * 4)
    const layer = config.geometrySharing === 'heads-and-layers' ? 'model.encoder.geometry' : `${name}.geometry`
    const all = linearByHand(weights, layer, relation(boxes, i, j)).map(relu)
    return config.geometrySharing === 'none' ? all.slice(head * geometryWidth, (head + 1) * geometryWidth) : all
  }

  type Term = (attention: Attention, layer: Layer, head: number, i: number, j: number) => number
  const headPart = (row: number[], head: number) => row.slice(head * geometryWidth, (head + 1) * geometryWidth)
  const terms: Record<GeometryAwareConfig['geometry'][number], Term> = {
    'content-independent': (attention, { image }, head, i, j) => {
      const weight = attention.weights.get(`${name}.geometry_weight`) ?? new Float32Array()
      return relu(dot(headPart([...weight], head), vector(attention, image, head, i, j)))
    },
    'query-dependent': (attention, { image, rows, linear }, head, i, j) =>
      dot(headPart(linear('geometry_query', rows[i]), head), vector(attention, image, head, i, j)),
    'key-dependent': (attention, { image, rows, linear }, head, i, j) =>
      dot(headPart(linear('geometry_key', rows[j]), head), vector(attention, image, head, i, j)),
  }

  const cases: Partial<GeometryAwareConfig>[] = [
    { geometry: ['content-independent'] },
    { geometry: ['query-dependent'] },
    { geometry: ['key-dependent'] },
    { geometry: ['content-independent', 'query-dependent', 'key-dependent'] },
    { geometry: ['query-dependent', 'key-dependent'], geometrySharing: 'none', geometryScale: 'unscaled' },
    { geometry: ['content-independent', 'key-dependent'], geometrySharing: 'none' },
    { geometry: ['query-dependent'], geometrySharing: 'heads-and-layers' },
  ]
  test.each(cases)('%o', async (change) => {
    const config = { ...regionsConfig, queryNorm: 'none' as const, ...change }
    const attention = drawn(config)
    const scale = config.geometryScale === 'unscaled' ? 1 : 1 / Math.sqrt(headWidth)
    const bias = (layer: Layer, head: number, i: number, j: number) =>
      scale * config.geometry.reduce((sum, term) => sum + terms[term](attention, layer, head, i, j), 0)
    await expectSame(attention, byHand(attention, bias, plain))
  })

  test('over the cells of a grid equal those over regions with the same boxes', async () => {
    const geometry = ['content-independent', 'query-dependent', 'key-dependent'] as const
    const onCells = drawn({ ...smallGeometryAware, geometry: [...geometry] })
    const cells = [
      [0, 0, 0.5, 0.5],
      [0.5, 0, 1, 0.5],
      [0, 0.5, 0.5, 1],
      [0.5, 0.5, 1, 1],
    ].flat()
    const boxes = Float32Array.from([...cells, ...cells])
    const mask = new Float32Array(images * length).fill(1)
    const onRegions = { ...onCells, config: { ...regionsConfig, geometry: [...geometry] }, batch: { ...onCells.batch, boxes, mask } }
    const expected = await computed(onRegions)
    const actual = await computed(onCells)
    actual.forEach((value, index) => expect(value).toBeCloseTo(expected[index], 5))
  })
})
