import { Tensor } from '#engine/runtime/onnxruntime.ts'
import type { InferenceSession } from '#engine/runtime/onnxruntime.ts'
import { describe, expect, test } from 'vitest'
import { createCaptioner } from '#engine/captioners/create-captioner.ts'
import type { CaptionerConfig } from '#engine/captioners/captioner.ts'
import { decodeModel } from '#engine/graph/onnx/onnx-proto.ts'
import {
  batchFeeds,
  drawBatch,
  drawWeights,
  floats,
  openSession,
  randomFrom,
  smallCaptioners,
  smallConfig,
  smallObjectRelation,
  smallShape,
  visualFeeds,
} from '../../../support/small-captioner.ts'

type Tensors = Record<string, Tensor>

const int64 = (values: readonly number[]) => new Tensor('int64', BigInt64Array.from(values, BigInt), [values.length])

/** The caches before the first step: right shape, nothing inside. */
function emptyCaches(config: CaptionerConfig, rows: number): Tensors {
  const empty = () => new Tensor('float32', new Float32Array(0), [rows, config.heads, 0, config.width / config.heads])
  const layers = [...Array(config.decoderLayers).keys()]
  return Object.fromEntries(
    layers.flatMap((layer) => [
      [`self_keys_${layer}`, empty()],
      [`self_values_${layer}`, empty()],
    ]),
  )
}

function renamed(results: Tensors): Tensors {
  const caches = Object.entries(results).filter(([name]) => name.startsWith('present_'))
  return Object.fromEntries(caches.map(([name, tensor]) => [name.replace('present_', 'self_'), tensor]))
}

async function stepThrough(config: CaptionerConfig) {
  const random = randomFrom(11)
  const model = createCaptioner(config)
  const weights = drawWeights(model.parameters, random)
  const batch = drawBatch(config, smallShape, random)
  const scoring = await openSession(model.scoringGraph(smallShape, weights))
  const expected = floats((await scoring.run(batchFeeds(config, smallShape, batch, 'scoring')))['log_probability'])
  const visual = visualFeeds(config, smallShape, batch)
  const encoded: Tensors = await (await openSession(model.encodeGraph(weights))).run(visual)
  const step: InferenceSession = await openSession(model.stepGraph(weights))
  const masks = 'visual_mask' in visual ? { visual_mask: visual['visual_mask'] } : {}
  return { batch, expected, memory: { ...encoded, ...masks }, step }
}

describe('step by step with cached keys and values', () => {
  const rows = smallShape.images * smallShape.captionsPerImage

  test.each(smallCaptioners)('the %s gives every caption the probabilities of the whole graph', async (_, config) => {
    const { batch, expected, memory, step } = await stepThrough(config)
    let caches = emptyCaches(config, rows)
    const everyRow = int64([...Array(rows).keys()])
    for (let position = 0; position < smallShape.steps; position++) {
      const tokens = int64(Array.from({ length: rows }, (_row, row) => Number(batch.tokens[row * smallShape.steps + position])))
      const results: Tensors = await step.run({ tokens, position: int64([position]), parents: everyRow, ...caches, ...memory })
      const logProbabilities = floats(results['log_probabilities'])
      for (let row = 0; row < rows; row++) {
        const index = row * smallShape.steps + position
        expect(logProbabilities[row * (config.words + 1) + Number(batch.targets[index])]).toBeCloseTo(expected[index], 5)
      }
      const attention = floats(results['attention'])
      expect(results['attention'].dims).toEqual([rows, smallShape.visualTokens])
      expect(attention.subarray(0, smallShape.visualTokens).reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 5)
      caches = renamed(results)
    }
  })

  test('rows can change places and multiply between steps', async () => {
    const { batch, expected, memory, step } = await stepThrough(smallConfig)
    // First step: one row an image, all beginning alike. Second: three rows an image, each continuing its image's one.
    const { images, captionsPerImage, steps } = smallShape
    const first: Tensors = await step.run({
      tokens: int64(Array<number>(images).fill(0)),
      position: int64([0]),
      parents: int64([...Array(images).keys()]),
      ...emptyCaches(smallConfig, images),
      ...memory,
    })
    const order = [2, 0, 1] // the captions of an image, permuted
    const captionAt = (row: number) => Math.floor(row / captionsPerImage) * captionsPerImage + order[row % captionsPerImage]
    const second: Tensors = await step.run({
      tokens: int64(Array.from({ length: rows }, (_row, row) => Number(batch.tokens[captionAt(row) * steps + 1]))),
      position: int64([1]),
      parents: int64(Array.from({ length: rows }, (_row, row) => Math.floor(row / captionsPerImage))),
      ...renamed(first),
      ...memory,
    })
    const logProbabilities = floats(second['log_probabilities'])
    for (let row = 0; row < rows; row++) {
      const index = captionAt(row) * steps + 1
      expect(logProbabilities[row * (smallConfig.words + 1) + Number(batch.targets[index])]).toBeCloseTo(expected[index], 5)
    }
  })
})

/** A few steps in which rows multiply, change places and leave with their image, by both ways to see the past: log-probabilities of every step. */
async function walk(config: CaptionerConfig, past: 'handed-on' | 'kept'): Promise<number[][]> {
  const random = randomFrom(3)
  const model = createCaptioner(config)
  const weights = drawWeights(model.parameters, random)
  const visual = visualFeeds(config, smallShape, drawBatch(config, smallShape, random))
  const memory: Tensors = await (await openSession(model.encodeGraph(weights))).run(visual)
  if ('visual_mask' in visual) memory['visual_mask'] = visual['visual_mask']
  const step = await openSession(model.stepGraph(weights, { past }))
  const { images } = smallShape
  const ofImages = (tensors: Tensors, count: number): Tensors =>
    Object.fromEntries(
      Object.entries(tensors).map(([name, tensor]) => {
        const [all, ...rest] = tensor.dims
        return [name, new Tensor('float32', floats(tensor).subarray(0, (floats(tensor).length / all) * count), [count, ...rest])]
      }),
    )
  // One row an image; two of each; these crosswise; then the first image alone, its rows of one parent.
  const steps = [
    { images, parents: [...Array(images).keys()] },
    { images, parents: Array.from({ length: 2 * images }, (_, row) => Math.floor(row / 2)) },
    { images, parents: Array.from({ length: 2 * images }, (_, row) => row ^ 1) },
    { images: 1, parents: [1, 1] },
    { images: 1, parents: [1, 0] },
  ]
  let caches = emptyCaches(config, images)
  const written = new Map(model.keptRows.map(({ fetch }) => [fetch, [] as number[]]))
  let continued: number[][] = []
  let [first, next] = [0, 0]
  const found: number[][] = []
  for (const [position, { images: staying, parents }] of steps.entries()) {
    const tokens = int64(parents.map((parent, row) => (position === 0 ? 0 : 1 + ((parent + row + position) % (config.words - 1)))))
    const rows = parents.length
    const longer = position === 0 ? parents.map(() => []) : parents.map((parent) => [...continued[parent], first + parent])
    const seen = model.keptRows.map(({ feed, fetch, width, parts }) => {
      const values = position === 0 ? new Float32Array(width) : Float32Array.from(written.get(fetch) ?? [])
      return [feed, new Tensor('float32', values, [(values.length / width) * parts, width / parts])] as const
    })
    const before =
      past === 'kept'
        ? {
            ...Object.fromEntries(seen),
            past_rows: new Tensor('int32', position === 0 ? new Int32Array(rows) : Int32Array.from(longer.flat()), [rows, position || 1]),
          }
        : { ...caches, parents: int64(parents) }
    const results: Tensors = await step.run({ tokens, position: int64([position]), ...before, ...ofImages(memory, staying) })
    found.push(Array.from(floats(results['log_probabilities'])))
    if (past === 'kept') for (const { fetch } of model.keptRows) written.get(fetch)?.push(...floats(results[fetch]))
    else caches = renamed(results)
    continued = longer
    first = next
    next += rows
  }
  return found
}

describe('a past that is kept where it was written', () => {
  test.each(smallCaptioners)('gives the %s the log-probabilities of one that is handed on', async (_, config) => {
    const [kept, handedOn] = [await walk(config, 'kept'), await walk(config, 'handed-on')]
    expect(kept.map(({ length }) => length)).toEqual(handedOn.map(({ length }) => length))
    const apart = kept.flatMap((step, place) => step.map((value, index) => Math.abs(value - handedOn[place][index])))
    expect(Math.max(...apart)).toBeLessThan(1e-5)
  })
})

describe('over a grid', () => {
  const grids = smallCaptioners.filter(([, config]) => config.architecture !== 'transformer' && config.boxes.kind === 'cells')
  test.each(grids)('the encode graph of the %s computes no geometry: it carries the result', (_, config) => {
    const model = createCaptioner(config)
    const { graph } = decodeModel(model.encodeGraph(drawWeights(model.parameters, randomFrom(2))))
    const operators = new Set(graph.nodes.map(({ opType }) => opType))
    for (const operator of ['Log', 'Sin', 'Cos', 'Abs']) expect(operators).not.toContain(operator)
    const stored = graph.initializers.map(({ name }) => name)
    expect(stored.filter((name) => name.includes('WGs') || name.includes('.geometry.') || name.includes('geometry_weight'))).toEqual([])
    expect(graph.inputs.map(({ name }) => name)).toEqual(['features'])
  })

  test('the bias of box attention is one constant for each layer', () => {
    const config = { ...smallObjectRelation, encoderLayers: 2 }
    const model = createCaptioner(config)
    const { graph } = decodeModel(model.encodeGraph(drawWeights(model.parameters, randomFrom(2))))
    const biases = graph.initializers.filter(({ dims }) => dims.join() === [1, config.heads, 4, 4].join())
    expect(biases).toHaveLength(2)
  })
})
