/** The preference objective's gradient against its formula, by central differences in double precision. */
import { InferenceSession, Tensor } from '#engine/runtime/onnxruntime.ts'
import { expect, test } from 'vitest'
import { createCaptioner } from '#engine/captioners/create-captioner.ts'
import type { ParameterSpec, Weights } from '#engine/captioners/captioner.ts'
import { transformerTrainingGraph } from '#engine/captioners/transformer-training.ts'
import { createBatch, fillBatch, type Batch, type BatchPlan, type TrainingExample } from '#engine/training/data/batches.ts'
import { trainCaptioner, type TrainingRun } from '#engine/training/loop/train.ts'
import { openPreference } from '#engine/training/objectives/preference.ts'
import { initialWeights } from '#engine/training/optimiser/parameter-store.ts'
import { temporaryFolder } from '../../../../support/temporary-folder.ts'
import { tinyCaptioner, tinyExamples, tinyFeatures, tinyRecipe } from '../../../../support/tiny-training.ts'

// The standard norm's statistics come in single precision.
const captioner = createCaptioner({ ...tinyCaptioner.config, layerNorm: 'published', dropout: 0, visualDropout: 0 })
const steps = 7
const shape = { images: 3, captionsPerImage: 2, steps, visualTokens: tinyFeatures.visualTokens }
const weight = 0.7
const beta = 0.4

const [corrected, otherwise] = [Int32Array.of(1, 2, 3), Int32Array.of(1, 9, 3, 4)]
const turnedDown = Int32Array.of(5, 6)
const examples: TrainingExample[] = [
  { key: '0', weight: 1, captions: [corrected], contrasts: [{ preferred: corrected, rejected: otherwise, weight: 1.5 }] },
  { key: '1', weight: 1, captions: [], contrasts: [{ preferred: undefined, rejected: turnedDown, weight: 1 }] },
  { key: '2', weight: 1, captions: [Int32Array.of(7, 8)] },
]
const plan: BatchPlan = { images: examples.map((example, index) => ({ example, mirrored: false, replayed: index === 2, captions: example.captions })) }

async function filled(current: Weights, start: Weights) {
  const session = { threads: 1 }
  const preference = await openPreference({
    ...{ captioner, current, start, shape, cutCaptions: 'open', examples, features: tinyFeatures, weight, beta, session },
  })
  const batch = createBatch(shape, tinyFeatures.featureWidth)
  fillBatch(batch, plan, steps, tinyFeatures, 'open')
  const imitation = batch.weights.slice()
  batch.weights.fill(0)
  const result = await preference.fill(batch, plan)
  await preference.close()
  return { batch, imitation, ...result }
}

/** The training graph over a batch in double precision. */
async function inDouble(batch: Batch, trainable: (spec: ParameterSpec) => boolean) {
  const graph = transformerTrainingGraph(captioner.config, shape, { labelSmoothing: 0, dropout: 'none', trainable }, 'float64')
  const session = await InferenceSession.create(graph.model, { intraOpNumThreads: 1, logSeverityLevel: 3 })
  const rows = [shape.images * shape.captionsPerImage, steps]
  const feeds: Record<string, Tensor> = {
    features: new Tensor('float64', Float64Array.from(batch.features), [shape.images, shape.visualTokens, tinyFeatures.featureWidth]),
    tokens: new Tensor('int64', batch.tokens, rows),
    targets: new Tensor('int64', batch.targets, rows),
    weights: new Tensor('float64', Float64Array.from(batch.weights), rows),
  }
  const fed = (weights: Weights): Record<string, Tensor> =>
    Object.fromEntries(captioner.parameters.map(({ name, shape: sides }) => [name, new Tensor('float64', Float64Array.from(weights.get(name) ?? []), sides)]))
  return { trainable: graph.trainable, fed, run: (parameters: Record<string, Tensor>) => session.run({ ...feeds, ...parameters }) }
}

test('a contrast’s gradient is that of −log σ(β(m − m₀)), of corrections and of rejected candidates', async () => {
  const current = initialWeights(captioner, 2)
  const start = initialWeights(captioner, 1)
  const { batch, loss, imitation, words } = await filled(current, start)
  const checked = ({ name }: ParameterSpec) => /generator|norm|decoder\.layers\.1\.self_attn/.test(name)
  const { trainable, fed, run } = await inDouble(batch, checked)
  const margins = async (parameters: Record<string, Tensor>): Promise<number[]> => {
    const said = (await run(parameters))['log_probability'].data as Float64Array
    const sum = (row: number, targets: number) => said.subarray(row * steps, row * steps + targets).reduce((total, value) => total + value, 0)
    // Photo 0: rows 0 and 1; photo 1: its rejected candidate in row 3. Each with its end.
    return [sum(0, 4) - sum(1, 5), -sum(3, 3)]
  }
  const before = await margins(fed(start))
  const cost = async (parameters: Record<string, Tensor>): Promise<number> => {
    const now = await margins(parameters)
    const costs = now.map((margin, place) => [1.5, 1][place] * Math.log(1 + Math.exp(-beta * (margin - before[place]))))
    return (weight * (costs[0] + costs[1])) / 2
  }
  const parameters = fed(current)
  expect(loss).toBeCloseTo(await cost(parameters), 5)
  expect(words).toBe(5 + 3)
  // Of the third photo, which is rehearsed, and of padding nothing is weighed.
  expect([...batch.weights.subarray(4 * steps)].every((value) => value === 0)).toBe(true)
  expect([...imitation.subarray(steps, 4 * steps)].every((value) => value === 0)).toBe(true)

  const results = await run(parameters)
  const step = 1e-5
  for (const name of trainable) {
    const values = parameters[name].data as Float64Array
    const gradient = results[`gradient:${name}`].data as Float64Array
    for (const index of [0, Math.floor(values.length / 2), values.length - 1]) {
      const value = values[index]
      values[index] = value + step
      const above = await cost(parameters)
      values[index] = value - step
      const below = await cost(parameters)
      values[index] = value
      expect(Math.abs(gradient[index] - (above - below) / (2 * step)), `${name}[${index}]`).toBeLessThan(1e-6)
    }
  }
})

test('at the start every contrast costs log 2, and pushes with half of β', async () => {
  const start = initialWeights(captioner, 1)
  const { batch, loss } = await filled(start, start)
  expect(loss).toBeCloseTo((weight * (1.5 + 1) * Math.log(2)) / 2, 5)
  expect(batch.weights[0]).toBeCloseTo((weight * 1.5 * beta * 0.5) / 2, 6)
  expect(batch.weights[steps]).toBeCloseTo(-(weight * 1.5 * beta * 0.5) / 2, 6)
  expect(batch.weights[3 * steps]).toBeCloseTo(-(weight * beta * 0.5) / 2, 6)
})

const contrasted = tinyExamples.map((example, photo): TrainingExample => {
  const [preferred] = example.captions
  return { ...example, captions: [preferred], contrasts: [{ preferred, rejected: Int32Array.of(photo + 2, photo + 3, photo + 1), weight: 1 }] }
})

function run(change: Partial<TrainingRun> = {}): TrainingRun {
  const recipe = { ...tinyRecipe, captionsPerImage: 1, replay: 0.25, preference: { weight: 1, beta: 0.5 } }
  const start = initialWeights(tinyCaptioner, 1)
  return { captioner: tinyCaptioner, start, recipe, examples: contrasted, replay: tinyExamples, features: tinyFeatures, session: { threads: 1 }, ...change }
}

test('a run that was killed and resumed equals one that was not, to the bit', async () => {
  const folder = temporaryFolder()
  const losses: number[] = []
  for await (const event of trainCaptioner(run())) if (event.kind === 'step') losses.push(event.loss)
  const resumed: number[] = []
  for await (const event of trainCaptioner(run({ checkpointFolder: folder }))) {
    if (event.kind === 'step') resumed.push(event.loss)
    if (event.kind === 'step' && event.step === 7) break
  }
  resumed.splice(5) // the checkpoint of step 5 is what is left
  for await (const event of trainCaptioner(run({ checkpointFolder: folder, resume: true }))) if (event.kind === 'step') resumed.push(event.loss)
  expect(losses).toHaveLength(10)
  expect(resumed).toEqual(losses)
})

test('a checkpoint of other contrasts is not gone on from', async () => {
  const folder = temporaryFolder()
  for await (const event of trainCaptioner(run({ checkpointFolder: folder }))) if (event.kind === 'step' && event.step === 6) break
  const others = contrasted.map((example) => ({ ...example, contrasts: example.contrasts?.map((contrast) => ({ ...contrast, weight: 2 })) ?? [] }))
  const again = async () => {
    for await (const event of trainCaptioner(run({ checkpointFolder: folder, resume: true, examples: others }))) if (event.kind === 'started') return event.step
    return undefined
  }
  await expect(again()).rejects.toMatchObject({ code: 'conflict' })
})
