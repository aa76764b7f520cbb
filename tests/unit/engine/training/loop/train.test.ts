import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Weights } from '#engine/captioners/captioner.ts'
import type { FeatureSource } from '#engine/captioning/feature-source.ts'
import type { TrainingEvent } from '#engine/training/loop/events.ts'
import { initialWeights } from '#engine/training/optimiser/parameter-store.ts'
import { trainCaptioner, type TrainingRun } from '#engine/training/loop/train.ts'
import { tinyCaptioner, tinyExamples, tinyFeatures, tinyRecipe } from '../../../../support/tiny-training.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capstan-train-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

function run(change: Partial<TrainingRun> = {}): TrainingRun {
  return {
    captioner: tinyCaptioner,
    start: initialWeights(tinyCaptioner, tinyRecipe.seed),
    recipe: tinyRecipe,
    examples: tinyExamples,
    features: tinyFeatures,
    session: { threads: 1 },
    ...change,
  }
}

async function all(training: TrainingRun): Promise<TrainingEvent[]> {
  const events: TrainingEvent[] = []
  for await (const event of trainCaptioner(training)) events.push(event)
  return events
}

const of = <Kind extends TrainingEvent['kind']>(events: readonly TrainingEvent[], kind: Kind) =>
  events.filter((event): event is Extract<TrainingEvent, { kind: Kind }> => event.kind === kind)
const resultOf = (events: readonly TrainingEvent[]): Extract<TrainingEvent, { kind: 'finished' }> => of(events, 'finished')[0]
const losses = (events: readonly TrainingEvent[]): number[] => of(events, 'step').map(({ loss }) => loss)
const bytesOf = (weights: Weights): Buffer => Buffer.concat([...weights.values()].map((values) => Buffer.from(values.slice().buffer)))

describe('trainCaptioner', () => {
  test('learns: the loss falls far below that of guessing', async () => {
    const recipe = { ...tinyRecipe, epochs: 60, labelSmoothing: 0 }
    const seen = losses(await all(run({ recipe })))
    expect(seen).toHaveLength(120)
    expect(seen[0]).toBeGreaterThan(2)
    expect(Math.min(...seen.slice(-10))).toBeLessThan(seen[0] / 2)
  })

  test('a run that goes on from trained weights keeps them where it never gets better, and says so', async () => {
    const scores = [0.5, 0.1, 0.2]
    const evaluate = () => Promise.resolve({ score: scores.shift() ?? 0, scores: {}, samples: [] })
    const training = run({ judgeStart: true, evaluate, recipe: { ...tinyRecipe, epochs: 2 } })
    const events = await all(training)
    expect(of(events, 'evaluation').map(({ step, best }) => [step, best])).toEqual([
      [0, true],
      [2, false],
      [4, false],
    ])
    expect(resultOf(events)).toMatchObject({ bestScore: 0.5, bestStep: 0, step: 4 })
    expect(bytesOf(resultOf(events).weights)).toEqual(bytesOf(training.start))
  })

  test('a run that was stopped and resumed equals one that was not, to the bit, dropout on', async () => {
    const whole = await all(run())
    const firstHalf = new AbortController()
    const before: TrainingEvent[] = []
    const stopped = (async () => {
      for await (const event of trainCaptioner(run({ checkpointFolder: folder, signal: firstHalf.signal }))) {
        before.push(event)
        // Killed after step 7: the checkpoint of step 5 is what is left.
        if (event.kind === 'step' && event.step === 7) return
      }
    })()
    await stopped
    const after = await all(run({ checkpointFolder: folder, resume: true }))
    expect(of(after, 'started')[0].step).toBe(5)
    expect([...losses(before).slice(0, 5), ...losses(after)]).toEqual(losses(whole))
    expect(bytesOf(resultOf(after).weights).equals(bytesOf(resultOf(whole).weights))).toBe(true)
  })

  test('cancel keeps a checkpoint and says so', async () => {
    const controller = new AbortController()
    const training = async (): Promise<void> => {
      for await (const event of trainCaptioner(run({ checkpointFolder: folder, signal: controller.signal }))) {
        if (event.kind === 'step' && event.step === 3) controller.abort()
      }
    }
    await expect(training()).rejects.toMatchObject({ code: 'cancelled' })
    expect(await readdir(folder)).toEqual(['step-00000003.safetensors'])
  })

  test('cancel-and-keep finishes with the weights that are there', async () => {
    const controller = new AbortController()
    const events: TrainingEvent[] = []
    for await (const event of trainCaptioner(run({ signal: controller.signal }))) {
      events.push(event)
      if (event.kind === 'step' && event.step === 3) controller.abort('keep')
    }
    expect(resultOf(events)).toMatchObject({ reason: 'kept', step: 3 })
    expect(resultOf(events).weights.size).toBe(tinyCaptioner.parameters.length)
  })

  test('stops early when the score no longer grows and returns the best weights', async () => {
    const scores = [0.1, 0.3, 0.2, 0.2, 0.2]
    const seen: Weights[] = []
    const evaluate = (weights: Weights) => {
      seen.push(new Map([...weights].map(([name, values]) => [name, values.slice()])))
      const score = scores[seen.length - 1]
      return Promise.resolve({ score, scores: { CIDEr: score }, samples: [] })
    }
    const recipe = { ...tinyRecipe, evaluation: { ...tinyRecipe.evaluation, patience: 2 } }
    const result = resultOf(await all(run({ recipe, evaluate })))
    expect(result).toMatchObject({ reason: 'no-gain', bestScore: 0.3, bestStep: 4, step: 8 })
    expect(bytesOf(result.weights).equals(bytesOf(seen[1]))).toBe(true)
  })

  test('training the decoder leaves the rest as it was', async () => {
    const start = initialWeights(tinyCaptioner, 3)
    const kept = new Map([...start].map(([name, values]) => [name, values.slice()]))
    const { weights } = resultOf(await all(run({ start, recipe: { ...tinyRecipe, parts: 'decoder' } })))
    for (const { name, part } of tinyCaptioner.parameters) {
      const same = Buffer.from(weights.get(name)!.slice().buffer).equals(Buffer.from(kept.get(name)!.buffer))
      expect(same, name).toBe(part === 'visual' || part === 'encoder')
    }
  })

  test('replay fills its share of each batch', async () => {
    const replay = [{ key: '7', weight: 1, captions: [Int32Array.of(9)] }]
    const seen: string[] = []
    const features: FeatureSource = {
      ...tinyFeatures,
      readInto(key, mirrored, destination) {
        seen.push(key)
        tinyFeatures.readInto(key, mirrored, destination)
      },
    }
    await all(run({ examples: tinyExamples.slice(0, 7), replay, features, recipe: { ...tinyRecipe, epochs: 1, replay: 0.5 } }))
    for (let batch = 0; batch < seen.length; batch += 4) expect(seen.slice(batch, batch + 4).filter((key) => key === '7')).toHaveLength(2)
  })

  test('refuses to start without examples', async () => {
    await expect(all(run({ examples: [] }))).rejects.toMatchObject({ code: 'too-little-data' })
  })
})

describe('checkpoints', () => {
  test('a damaged newest checkpoint is passed over for the one before it', async () => {
    await all(run({ checkpointFolder: folder }))
    const names = (await readdir(folder)).sort()
    expect(names).toEqual(['step-00000005.safetensors', 'step-00000010.safetensors'])
    const newest = join(folder, names[1])
    const bytes = await readFile(newest)
    bytes[bytes.length - 5] ^= 1
    await writeFile(newest, bytes)
    expect(of(await all(run({ checkpointFolder: folder, resume: true })), 'started')[0].step).toBe(5)
  })

  test('a checkpoint of another recipe is refused', async () => {
    await all(run({ checkpointFolder: folder }))
    const other = run({ checkpointFolder: folder, resume: true, recipe: { ...tinyRecipe, seed: 2 } })
    await expect(all(other)).rejects.toMatchObject({ code: 'conflict' })
  })
})
