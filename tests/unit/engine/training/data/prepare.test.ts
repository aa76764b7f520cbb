import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openCaptionDecoder } from '#engine/decoding/caption-decoder.ts'
import { decodeBatch } from '#engine/decoding/decode.ts'
import { buildDocumentFrequency } from '#engine/metrics/document-frequency.ts'
import { readModelPackage, writeModelPackage } from '#engine/models/model-package.ts'
import type { TrainingEvent } from '#engine/training/loop/events.ts'
import { initialWeights } from '#engine/training/optimiser/parameter-store.ts'
import { prepareTraining, trainingExamples } from '#engine/training/data/prepare.ts'
import { trainingRecipeSchema } from '#engine/training/runs/recipe.ts'
import { trainCaptioner } from '#engine/training/loop/train.ts'
import { tinyFeatures } from '../../../../support/tiny-training.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capstan-prepare-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const sizes = { encoderLayers: 1, decoderLayers: 1, width: 16, feedForward: 32, heads: 2 }
const captions = ['a dog runs', 'a cat sleeps', 'a dog sleeps', 'a cat runs']
const photos = captions.map((caption, index) => ({ id: index, fileName: `${index}.jpg`, path: `${index}.jpg`, captions: [caption] }))
const hashes = new Map(photos.map(({ path, id }) => [path, String(id)]))
const gridFeatures = { ...tinyFeatures, grid: { rows: 2, columns: 2 } }

function recipeOf(captioner: object) {
  return trainingRecipeSchema.parse({
    epochs: 3,
    batchImages: 2,
    captionsPerImage: 1,
    maximumWords: 5,
    minimumCount: 1,
    captioner: { ...sizes, ...captioner },
    optimizer: { learningRate: 0.01 },
    schedule: { kind: 'constant', warmupSteps: 1 },
  })
}

test('photos whose captions say left or right are marked as such', () => {
  const { vocabulary } = prepareTraining(photos, hashes, gridFeatures, recipeOf({}))
  const told = photos.map((photo, index) => (index === 1 ? { ...photo, captions: ['a cat sleeps', 'To the Left, a cat'] } : photo))
  expect(trainingExamples(told, hashes, vocabulary).map(({ oneWay }) => oneWay)).toEqual([false, true, false, false])
})

test('captions count as much as their photo says, or fully', () => {
  const { vocabulary } = prepareTraining(photos, hashes, gridFeatures, recipeOf({}))
  const weighed = photos.map((photo, index) => (index === 2 ? { ...photo, weight: 0.25 } : photo))
  expect(trainingExamples(weighed, hashes, vocabulary).map(({ weight }) => weight)).toEqual([1, 1, 0.25, 1])
})

describe('a recipe', () => {
  test('that names no architecture means the Transformer with learned positions', () => {
    const { captioner } = trainingRecipeSchema.parse({ captioner: { width: 64 } })
    expect(captioner).toMatchObject({ architecture: 'transformer', width: 64, visualPositions: true })
  })

  test('refuses options of another architecture', () => {
    const mixed = { captioner: { architecture: 'object-relation', queryNorm: 'instance' } }
    expect(trainingRecipeSchema.safeParse(mixed).success).toBe(false)
  })

  const recipes = [{ architecture: 'transformer' }, { architecture: 'object-relation' }, { architecture: 'geometry-aware' }]
  test.each(recipes)('trains the $architecture captioner on grid features, and its package writes captions', async (chosen) => {
    const recipe = recipeOf(chosen)
    const { captioner, vocabulary, examples } = prepareTraining(photos, hashes, gridFeatures, recipe)
    const events: TrainingEvent[] = []
    const run = { captioner, start: initialWeights(captioner, recipe.seed), recipe, examples, features: gridFeatures, session: { threads: 1 } }
    for await (const event of trainCaptioner(run)) events.push(event)
    const losses = events.flatMap((event) => (event.kind === 'step' ? [event.loss] : []))
    expect(losses).toHaveLength(6)
    expect(losses.at(-1)).toBeLessThan(losses[0])
    const finished = events.find((event) => event.kind === 'finished')
    await writeModelPackage(join(folder, 'trained'), {
      name: 'Trained',
      config: captioner.config,
      weights: finished?.weights ?? new Map<string, Float32Array>(),
      encoder: { id: 'tiny', fingerprint: 'tiny', pooling: 1, visualTokens: gridFeatures.visualTokens },
      vocabulary,
      documentFrequency: buildDocumentFrequency([captions.map((caption) => caption.split(' '))], vocabulary.tokenizer),
      provenance: { parent: null, snapshot: null, recipe: {}, seed: 1, metrics: [], created: '2024-01-01T00:00:00Z', trainingSeconds: 0 },
      card: '# Trained\n',
    })
    const stored = await readModelPackage(join(folder, 'trained'))
    expect(stored.captioner.config).toEqual(captioner.config)
    const decoder = await openCaptionDecoder(stored.captioner, stored.weights, { threads: 1 })
    const { visualTokens, featureWidth } = gridFeatures
    const features = new Float32Array(2 * visualTokens * featureWidth)
    const candidates = await decodeBatch(decoder, { images: 2, visualTokens, features }, { method: { kind: 'beam', beams: 2 } })
    await decoder.close()
    expect(candidates.map((captionsOfOne) => captionsOfOne.length)).toEqual([2, 2])
  })

  test('of a captioner that compares places asks for a grid', () => {
    const prepare = () => prepareTraining(photos, hashes, tinyFeatures, recipeOf({ architecture: 'geometry-aware' }))
    expect(prepare).toThrow('no grid')
  })
})
