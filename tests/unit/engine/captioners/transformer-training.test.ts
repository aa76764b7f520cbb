import { InferenceSession, Tensor } from '#engine/runtime/onnxruntime.ts'
import { describe, expect, test } from 'vitest'
import { createCaptioner } from '#engine/captioners/create-captioner.ts'
import type { CaptionerConfig, ParameterSpec, TrainingOptions, TrainingShape } from '#engine/captioners/captioner.ts'
import { transformerTrainingGraph } from '#engine/captioners/transformer-training.ts'
import { neededPlaces, packPlaces } from '#engine/training/data/packing.ts'
import {
  batchFeeds,
  drawBatch,
  drawWeights,
  dropoutFeeds,
  floats,
  largestDifference,
  openSession,
  parameterFeeds,
  randomFrom,
  smallCaptioners,
  smallConfig,
  smallShape,
} from '../../../support/small-captioner.ts'

const everything: TrainingOptions = { labelSmoothing: 0.1, dropout: 'sliced', trainable: () => true }

async function trainingRun(config: CaptionerConfig, options = everything, shape: TrainingShape = smallShape) {
  const random = randomFrom(7)
  const model = createCaptioner(config)
  const graph = model.trainingGraph(shape, options)
  const weights = drawWeights(model.parameters, random)
  const feeds = {
    ...batchFeeds(config, shape, drawBatch(config, shape, random), 'training'),
    ...parameterFeeds(model.parameters, weights),
    ...(options.dropout === 'sliced' ? dropoutFeeds(graph, random) : {}),
  }
  return { model, graph, weights, feeds, session: await openSession(graph.model) }
}

describe('the training graph', () => {
  test('learns a small batch by heart', async () => {
    const { model, graph, weights, feeds, session } = await trainingRun(
      smallConfig,
      { ...everything, labelSmoothing: 0, dropout: 'none' },
      { ...smallShape, captionsPerImage: 1 },
    )
    const losses: number[] = []
    for (let step = 0; step < 200; step++) {
      const results = await session.run(feeds)
      losses.push(floats(results['loss'])[0])
      for (const name of graph.trainable) {
        const values = weights.get(name) ?? new Float32Array()
        floats(results[`gradient:${name}`]).forEach((gradient, index) => (values[index] -= 0.5 * gradient))
      }
      for (const [name, tensor] of Object.entries(parameterFeeds(model.parameters, weights))) feeds[name] = tensor
    }
    expect(losses[0]).toBeGreaterThan(2)
    expect(losses.at(-1)).toBeLessThan(0.1)
  })

  test('gives the same step twice for the same dropout and another for other offsets', async () => {
    const { graph, feeds, session } = await trainingRun(smallConfig)
    const first = await session.run(feeds)
    const second = await session.run(feeds)
    for (const name of session.outputNames) expect(floats(second[name])).toEqual(floats(first[name]))
    const other = dropoutFeeds(graph, randomFrom(99))
    const third = await session.run({ ...feeds, ...other })
    expect(floats(third['loss'])[0]).not.toBe(floats(first['loss'])[0])
  })

  test('has a dropout site wherever the captioner drops, and none without dropout', () => {
    const { dropoutSites, dropoutPools } = createCaptioner(smallConfig).trainingGraph(smallShape, everything)
    // Visual embedding; per encoder layer attention, output, hidden, output; token embedding; per decoder layer two more.
    expect(dropoutSites).toHaveLength(1 + 4 + 1 + 2 * 6)
    expect(dropoutPools.map((pool) => pool.rate)).toEqual([0.3, 0.1])
    const without = createCaptioner(smallConfig).trainingGraph(smallShape, { ...everything, dropout: 'none' })
    expect(without.dropoutSites).toEqual([])
    expect(without.dropoutPools).toEqual([])
  })

  test('has gradients only for what is trainable', async () => {
    const { graph, session } = await trainingRun(smallConfig, { ...everything, trainable: (spec) => spec.part === 'generator' })
    expect(graph.trainable).toEqual(['model.generator.proj.weight', 'model.generator.proj.bias'])
    expect(session.outputNames).toEqual(['loss', 'log_probability', ...graph.trainable.map((name) => `gradient:${name}`)])
  })

  test('ignores what follows the end of a caption', async () => {
    const { feeds, session } = await trainingRun(smallConfig)
    const before = await session.run(feeds)
    const counted = floats(feeds['weights'])
    const moved = (name: string) => {
      const values = BigInt64Array.from(feeds[name].data as BigInt64Array)
      // A token's place is free when its own target does not count: earlier targets never look at it.
      counted.forEach((weight, index) => (values[index] = weight === 0 ? 5n : values[index]))
      return new Tensor('int64', values, feeds[name].dims)
    }
    const after = await session.run({ ...feeds, tokens: moved('tokens'), targets: moved('targets') })
    expect(floats(after['loss'])[0]).toBe(floats(before['loss'])[0])
  })

  test('refuses a number of visual tokens that it has no positions for', () => {
    expect(() => createCaptioner({ ...smallConfig, visualPositions: 9 }).trainingGraph(smallShape, everything)).toThrow('9 visual tokens')
  })
})

describe('packed places', () => {
  test.each(smallCaptioners)('give the losses, log-probabilities and gradients of padded ones: %s', async (_, config) => {
    const { model, graph, feeds, session } = await trainingRun(config)
    const weights = floats(feeds['weights'])
    const size = neededPlaces(weights, smallShape.steps) + 2
    const packed = model.trainingGraph({ ...smallShape, packedPlaces: size }, everything)
    expect(packed.dropoutSites).toEqual(graph.dropoutSites)
    expect(packed.operations).toBeLessThan(graph.operations)
    const { places, placeRows } = packPlaces(weights, smallShape.steps, size)
    const [whole, some] = await Promise.all([
      session.run(feeds),
      (await openSession(packed.model)).run({
        ...feeds,
        places: new Tensor('int64', places, [size]),
        place_rows: new Tensor('int64', placeRows, [placeRows.length]),
      }),
    ])
    for (const name of ['loss', ...graph.trainable.map((parameter) => `gradient:${parameter}`)])
      expect(largestDifference(floats(some[name]), floats(whole[name])), name).toBeLessThan(1e-6)
    const padded = floats(whole['log_probability'])
    expect(
      largestDifference(
        floats(some['log_probability']),
        Float32Array.from(places, (place) => padded[Number(place)]).map((value, index) =>
          weights[Number(places[index])] > 0 ? value : floats(some['log_probability'])[index],
        ),
      ),
    ).toBeLessThan(1e-5)
  })
})

describe('the gradient of the whole captioner equals central differences in double precision', () => {
  // The standard norm's statistics come in single precision: it is checked by itself, on its operator.
  const inDouble = smallCaptioners.map(([name, config]): [string, CaptionerConfig] => [name, { ...config, layerNorm: 'published' }])
  test.each(inDouble)(
    '%s',
    async (_, config) => {
      const random = randomFrom(3)
      // The decoder is the same in all captioners: it is checked in the Transformer.
      const checked = ({ part }: ParameterSpec) => config.architecture === 'transformer' || part === 'visual' || part === 'encoder'
      const graph = transformerTrainingGraph(config, smallShape, { ...everything, trainable: checked }, 'float64')
      const specs = createCaptioner(config).parameters
      const double = (tensor: Tensor) => new Tensor('float64', Float64Array.from(floats(tensor)), tensor.dims)
      const feeds: Record<string, Tensor> = Object.fromEntries(
        Object.entries({
          ...batchFeeds(config, smallShape, drawBatch(config, smallShape, random), 'training'),
          ...parameterFeeds(specs, drawWeights(specs, random)),
          ...dropoutFeeds(graph, random),
        }).map(([name, tensor]) => [name, tensor.type === 'float32' ? double(tensor) : tensor]),
      )
      const session = await InferenceSession.create(graph.model, { intraOpNumThreads: 1, logSeverityLevel: 3 })
      const results = await session.run(feeds)
      const lossNow = async () => Number((await session.run(feeds, ['loss']))['loss'].data[0])

      const step = 1e-6
      for (const name of graph.trainable) {
        const values = feeds[name].data as Float64Array
        const gradient = results[`gradient:${name}`].data as Float64Array
        expect(gradient).toHaveLength(values.length)
        for (let probe = 0; probe < 2; probe++) {
          const index = Math.floor(random() * values.length)
          const value = values[index]
          values[index] = value + step
          const above = await lossNow()
          values[index] = value - step
          const below = await lossNow()
          values[index] = value
          expect(Math.abs(gradient[index] - (above - below) / (2 * step)), `${name}[${index}]`).toBeLessThan(1e-8)
        }
      }
    },
    120_000,
  )
})

describe('a teacher', () => {
  const config: CaptionerConfig = { ...smallConfig, layerNorm: 'published', shareEmbedding: true }
  const rows = smallShape.images * smallShape.captionsPerImage

  // The gradient enters at the logits: what lies behind them is checked above.
  const checked = ['att_embed.0.weight', 'model.decoder.layers.1.src_attn.linears.0.weight', 'model.tgt_embed.0.lut.weight', 'model.generator.proj.bias']

  test('adds its weighted divergence to the loss, and its gradient to that of the parameters, in double precision', async () => {
    const random = randomFrom(11)
    const options: TrainingOptions = { ...everything, dropout: 'none', teacher: true, trainable: ({ name }: ParameterSpec) => checked.includes(name) }
    const graph = transformerTrainingGraph(config, smallShape, options, 'float64')
    expect(graph.teacherOutputs).toBe(config.words + 1)
    const specs = createCaptioner(config).parameters
    const double = (tensor: Tensor) => new Tensor('float64', Float64Array.from(floats(tensor)), tensor.dims)
    const batch = batchFeeds(config, smallShape, drawBatch(config, smallShape, random), 'training')
    const teaching = await openSession(createCaptioner(config).teachingGraph(smallShape, drawWeights(specs, random)))
    const { features, tokens } = batch
    const taught = await teaching.run({ features, tokens })
    const teacherFeeds = {
      teacher_log_probabilities: taught['log_probabilities'],
      teacher_weights: new Tensor(
        'float32',
        Float32Array.from(floats(batch['weights']), (weight, place) => (place % 2 === 0 ? 0.7 * weight : 0)),
        [rows, smallShape.steps],
      ),
    }
    const feeds: Record<string, Tensor> = Object.fromEntries(
      Object.entries({ ...batch, ...parameterFeeds(specs, drawWeights(specs, random)), ...teacherFeeds }).map(([name, tensor]) => [
        name,
        tensor.type === 'float32' ? double(tensor) : tensor,
      ]),
    )
    const session = await InferenceSession.create(graph.model, { intraOpNumThreads: 1, logSeverityLevel: 3 })
    const results = await session.run(feeds)
    const step = 1e-6
    for (const name of graph.trainable) {
      const values = feeds[name].data as Float64Array
      const gradient = results[`gradient:${name}`].data as Float64Array
      const index = Math.floor(random() * values.length)
      const value = values[index]
      const lossAt = async (moved: number) => {
        values[index] = moved
        return Number((await session.run(feeds, ['loss']))['loss'].data[0])
      }
      const difference = ((await lossAt(value + step)) - (await lossAt(value - step))) / (2 * step)
      values[index] = value
      expect(Math.abs(gradient[index] - difference), `${name}[${index}]`).toBeLessThan(1e-8)
    }
    const without = { ...feeds, teacher_weights: new Tensor('float64', new Float64Array(rows * smallShape.steps), [rows, smallShape.steps]) }
    expect(Number(results['loss'].data[0])).toBeGreaterThan(Number((await session.run(without, ['loss']))['loss'].data[0]))
  }, 60_000)

  test.each(smallCaptioners)('says of the targets what scoring says: %s', async (_, any) => {
    const random = randomFrom(5)
    const model = createCaptioner(any)
    const weights = drawWeights(model.parameters, random)
    const feeds = batchFeeds(any, smallShape, drawBatch(any, smallShape, random), 'scoring')
    const run = async (graph: Uint8Array) => {
      const session = await openSession(graph)
      return session.run(Object.fromEntries(session.inputNames.map((name) => [name, feeds[name]])))
    }
    const everyWord = floats((await run(model.teachingGraph(smallShape, weights)))['log_probabilities'])
    const ofTargets = floats((await run(model.scoringGraph(smallShape, weights)))['log_probability'])
    const targets = feeds['targets'].data as BigInt64Array
    expect(
      largestDifference(
        ofTargets,
        Float32Array.from(targets, (word, place) => everyWord[place * (any.words + 1) + Number(word)]),
      ),
    ).toBeLessThan(1e-5)
  })
})

describe('the log-probabilities', () => {
  test.each(smallCaptioners)('of training without dropout equal those of scoring: %s', async (_, config) => {
    const { model, weights, feeds, session } = await trainingRun(config, { ...everything, dropout: 'none' })
    const trained = floats((await session.run(feeds))['log_probability'])
    const scoring = await openSession(model.scoringGraph(smallShape, weights))
    const scored = floats((await scoring.run(Object.fromEntries(scoring.inputNames.map((name) => [name, feeds[name]]))))['log_probability'])
    expect(largestDifference(trained, scored)).toBeLessThan(1e-5)
  })

  test('weighted and smoothed, add up to the loss', async () => {
    const smoothing = 0.1
    const { model, weights, feeds, session } = await trainingRun(smallConfig, { ...everything, labelSmoothing: smoothing, dropout: 'none' })
    const loss = floats((await session.run(feeds))['loss'])[0]
    const scoring = await openSession(model.scoringGraph(smallShape, weights))
    const { features, tokens } = feeds
    const counted = floats(feeds['weights'])
    const targets = feeds['targets'].data as BigInt64Array
    let expected = 0
    for (let word = 0; word <= smallConfig.words; word++) {
      const everyTarget = new Tensor('int64', new BigInt64Array(targets.length).fill(BigInt(word)), feeds['targets'].dims)
      const logProbability = floats((await scoring.run({ features, tokens, targets: everyTarget }))['log_probability'])
      logProbability.forEach((value, index) => {
        const share = targets[index] === BigInt(word) ? 1 - smoothing : smoothing / smallConfig.words
        expected -= counted[index] * share * value
      })
    }
    expect(loss).toBeCloseTo(expected, 5)
  })
})
