import { describe, expect, test } from 'vitest'
import { openCaptionDecoder } from '#engine/decoding/caption-decoder.ts'
import { decodeBatch, type DecodingMethod } from '#engine/decoding/decode.ts'
import { createCiderReward } from '#engine/metrics/cider-reward.ts'
import { advantagesOf } from '#engine/training/objectives/advantages.ts'
import { batchPlanner, createBatch, type BatchPlan } from '#engine/training/data/batches.ts'
import { createParameterStore, initialWeights } from '#engine/training/optimiser/parameter-store.ts'
import { objectiveSchema } from '#engine/training/runs/recipe.ts'
import { openSelfCritical, type SelfCriticalOptions } from '#engine/training/objectives/self-critical.ts'
import { trainCaptioner } from '#engine/training/loop/train.ts'
import { tinyCaptioner, tinyExamples, tinyFeatures, tinyRecipe } from '../../../../support/tiny-training.ts'

const samples = 3
const steps = 7

type Options = Partial<Pick<SelfCriticalOptions, 'baseline' | 'references'>>

async function filled(step: number, options: Options = {}) {
  const store = createParameterStore(tinyCaptioner, initialWeights(tinyCaptioner, 1), { trainable: () => true, weightDecay: 0, averaging: false })
  const shared = { captioner: tinyCaptioner, store, examples: tinyExamples, features: tinyFeatures, samples, steps, seed: 1, session: { threads: 1 } }
  const selfCritical = await openSelfCritical({
    ...shared,
    baseline: 'leave-one-out',
    references: 'whole',
    temperature: 1,

    frequencies: 'examples',
    ...options,
  })
  const planner = batchPlanner(tinyExamples, [], { seed: 1, batchImages: 4, captionsPerImage: samples, mirror: false, replayShare: 0 })
  const batch = createBatch({ images: 4, captionsPerImage: samples, steps, visualTokens: tinyFeatures.visualTokens }, tinyFeatures.featureWidth)
  const plan = planner.plan(step)
  const { words, reward } = await selfCritical.fill(batch, plan, step)
  await selfCritical.close()
  return { batch, words, reward, plan }
}

/** What decoding the plan's photos by themselves gives. */
async function decodedApart(plan: BatchPlan, method: DecodingMethod) {
  const decoder = await openCaptionDecoder(tinyCaptioner, initialWeights(tinyCaptioner, 1), { threads: 1 })
  const size = tinyFeatures.visualTokens * tinyFeatures.featureWidth
  const features = new Float32Array(plan.images.length * size)
  plan.images.forEach(({ example }, image) => tinyFeatures.readInto(example.key, false, features.subarray(image * size, (image + 1) * size)))
  const captions = await decodeBatch(decoder, { images: plan.images.length, visualTokens: tinyFeatures.visualTokens, features }, { method })
  await decoder.close()
  return captions
}

/** CIDEr-D of what a row teaches: its targets that have a weight or stand before its end. */
function rewardOfRow({ batch, plan }: Awaited<ReturnType<typeof filled>>, row: number): number {
  const targets = Array.from(batch.targets.subarray(row * steps, (row + 1) * steps), Number)
  const end = targets.indexOf(0)
  // The captioner writes at most six words: a row that is full to there and has no weight behind was cut.
  const ids = end === steps - 1 && batch.weights[row * steps + end] === 0 ? targets.slice(0, end) : targets.slice(0, end + 1)
  const reward = createCiderReward(tinyExamples.map(({ captions }) => captions))
  return reward.score(plan.images[Math.floor(row / samples)].example.captions, [ids])[0]
}

describe('advantages of rewards 1, 2 and 6', () => {
  const rewards = [1, 2, 6]
  test('over the mean of the others', () => expect(advantagesOf('leave-one-out', { rewards })).toEqual([1 - 4, 2 - 3.5, 6 - 1.5]))
  test('over a greedy caption’s 2.5', () => expect(advantagesOf('greedy', { rewards, greedy: 2.5 })).toEqual([-1.5, -0.5, 3.5]))
  test('over the mean of all', () => expect(advantagesOf('beam-mean', { rewards })).toEqual([-2, -1, 3]))
  test('of a single caption are none without a greedy one', () => {
    expect(advantagesOf('leave-one-out', { rewards: [3] })).toEqual([0])
    expect(advantagesOf('greedy', { rewards: [3], greedy: 1 })).toEqual([2])
  })
})

test('a recipe asks for at least two captions where they are compared with each other', () => {
  const objective = (baseline: string, count: number) => objectiveSchema.safeParse({ kind: 'self-critical', baseline, samples: count }).success
  expect([objective('greedy', 1), objective('leave-one-out', 1), objective('beam-mean', 1), objective('beam-mean', 2)]).toEqual([true, false, false, true])
  expect(objectiveSchema.parse({ kind: 'self-critical' })).toMatchObject({ baseline: 'leave-one-out', samples: 5, references: 'whole' })
})

describe('self-critical batches', () => {
  test('with a greedy baseline weigh every sample by how it does against the greedy caption', async () => {
    const result = await filled(1, { baseline: 'greedy' })
    const greedy = await decodedApart(result.plan, { kind: 'greedy' })
    const reward = createCiderReward(tinyExamples.map(({ captions }) => captions))
    for (let row = 0; row < 4 * samples; row++) {
      const image = Math.floor(row / samples)
      const [{ ids, ended }] = greedy[image]
      const [greedyReward] = reward.score(result.plan.images[image].example.captions, [ended ? [...ids, 0] : ids])
      expect(result.batch.weights[row * steps]).toBeCloseTo((rewardOfRow(result, row) - greedyReward) / result.words, 6)
    }
  })

  test('with the mean of a beam teach what beam search writes', async () => {
    const result = await filled(1, { baseline: 'beam-mean' })
    const beams = await decodedApart(result.plan, { kind: 'beam', beams: samples })
    beams.forEach((captions, image) => {
      const rows = captions.map((_, place) => image * samples + place)
      const rewards = rows.map((row) => rewardOfRow(result, row))
      const mean = rewards.reduce((a, b) => a + b, 0) / samples
      rows.forEach((row, place) => {
        const targets = Array.from(result.batch.targets.subarray(row * steps, row * steps + captions[place].ids.length), Number)
        expect(targets).toEqual(captions[place].ids)
        expect(result.batch.weights[row * steps]).toBeCloseTo((rewards[place] - mean) / result.words, 6)
      })
    })
  })

  test('with the mean of the others weigh every sample by its lead over them', async () => {
    const result = await filled(3)
    for (let image = 0; image < 4; image++) {
      const rewards = Array.from({ length: samples }, (_, sample) => rewardOfRow(result, image * samples + sample))
      rewards.forEach((reward, sample) => {
        const others = (rewards.reduce((a, b) => a + b, 0) - reward) / (samples - 1)
        expect(result.batch.weights[(image * samples + sample) * steps]).toBeCloseTo((reward - others) / result.words, 6)
      })
    }
  })

  test('teach what was sampled: targets are the tokens one step on, and UNK is never among them', async () => {
    const { batch } = await filled(1)
    const unknown = BigInt(tinyCaptioner.config.words)
    for (let row = 0; row < 4 * samples; row++) {
      const tokens = batch.tokens.subarray(row * steps, (row + 1) * steps)
      const targets = batch.targets.subarray(row * steps, (row + 1) * steps)
      expect(tokens[0]).toBe(0n)
      expect([...targets]).not.toContain(unknown)
      for (let position = 1; position < steps; position++) expect(tokens[position]).toBe(targets[position - 1])
    }
  })

  test('the advantages of a photo’s samples sum to zero, and padding has none', async () => {
    const { batch } = await filled(2)
    for (let image = 0; image < 4; image++) {
      const advantages = Array.from({ length: samples }, (_, sample) => batch.weights[(image * samples + sample) * steps])
      expect(advantages.reduce((a, b) => a + b, 0)).toBeCloseTo(0, 6)
    }
    for (let row = 0; row < 4 * samples; row++) {
      const end = batch.targets.subarray(row * steps, (row + 1) * steps).indexOf(0n)
      if (end >= 0) expect([...batch.weights.subarray(row * steps + end + 1, (row + 1) * steps)].every((weight) => weight === 0)).toBe(true)
    }
  })

  test('the same step draws the same captions, another step others', async () => {
    const [first, again, other] = [await filled(1), await filled(1), await filled(2)]
    expect(again.batch.targets).toEqual(first.batch.targets)
    expect(other.batch.targets).not.toEqual(first.batch.targets)
  })

  test('training raises the reward of what is sampled', async () => {
    const pretrained = { ...tinyRecipe, epochs: 40, labelSmoothing: 0, averaging: 0 }
    const base = { captioner: tinyCaptioner, examples: tinyExamples, features: tinyFeatures, session: { threads: 1 } }
    let weights = initialWeights(tinyCaptioner, 1)
    for await (const event of trainCaptioner({ ...base, start: weights, recipe: pretrained })) if (event.kind === 'finished') weights = new Map(event.weights)
    const rewards: number[] = []
    const recipe = { ...pretrained, objective: objectiveSchema.parse({ kind: 'self-critical' }), epochs: 100 }
    for await (const event of trainCaptioner({ ...base, start: weights, recipe: { ...recipe, optimizer: { ...recipe.optimizer, learningRate: 0.003 } } })) {
      if (event.kind === 'step') rewards.push(event.reward ?? Number.NaN)
    }
    const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length
    expect(rewards).toHaveLength(200)
    expect(mean(rewards.slice(-20))).toBeGreaterThan(mean(rewards.slice(0, 20)) * 1.2)
  })

  test('training leaves UNK alone, which it never writes', async () => {
    const start = initialWeights(tinyCaptioner, 1)
    const recipe = { ...tinyRecipe, epochs: 3, averaging: 0, objective: objectiveSchema.parse({ kind: 'self-critical' }) }
    const bias = 'model.generator.proj.bias'
    const unknown = tinyCaptioner.config.words
    for await (const event of trainCaptioner({
      captioner: tinyCaptioner,
      examples: tinyExamples,
      features: tinyFeatures,
      session: { threads: 1 },
      start,
      recipe,
    })) {
      if (event.kind !== 'finished') continue
      const before = start.get(bias) ?? []
      const after = event.weights.get(bias) ?? []
      expect(after[unknown]).toBe(before[unknown])
      expect(Array.from(after).filter((value, id) => value !== before[id]).length).toBeGreaterThan(1)
    }
    expect.assertions(2)
  })
})
