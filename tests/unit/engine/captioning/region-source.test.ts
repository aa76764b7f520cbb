import { appendFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createCaptioner } from '#engine/captioners/create-captioner.ts'
import { openCaptionDecoder } from '#engine/decoding/caption-decoder.ts'
import type { TrainingExample } from '#engine/training/data/batches.ts'
import { captionFromFeatures } from '#engine/captioning/caption-from-features.ts'
import { initialWeights } from '#engine/training/optimiser/parameter-store.ts'
import { captionerConfig } from '#engine/training/data/prepare.ts'
import { trainingRecipeSchema } from '#engine/training/runs/recipe.ts'
import { regionSource } from '#engine/captioning/region-source.ts'
import { trainCaptioner } from '#engine/training/loop/train.ts'
import type { EncoderManifest } from '#engine/vision/encoders/encoder-manifest.ts'
import { openBoxStore, readInstanceRegions } from '#engine/vision/regions/region-boxes.ts'
import type { RegionBox } from '#engine/vision/regions/roi-align.ts'
import { temporaryFolder } from '../../../support/temporary-folder.ts'
import { tinyFeatures } from '../../../support/tiny-training.ts'

const limit = 3
const cells = { ...tinyFeatures, grid: { rows: 2, columns: 2 } }
const boxes: Record<string, RegionBox[]> = {
  '0': [
    [0, 0, 0.5, 0.5],
    [0.5, 0.5, 1, 1],
  ],
  '1': [
    [0.5, 0, 1, 1],
    [0, 0, 1, 1],
    [0, 0, 0.5, 0.5],
    [0.1, 0.1, 0.2, 0.2],
  ],
}
const regions = regionSource(cells, (key) => boxes[key] ?? [], limit)

function read(key: string, mirrored = false) {
  const [tokens, mask, places] = [regions.featureWidth, 1, 4].map((width) => new Float32Array(limit * width).fill(9))
  regions.readInto(key, mirrored, tokens)
  regions.readRegionsInto(key, mirrored, mask, places)
  return { tokens, mask, places }
}

describe('regions as visual tokens', () => {
  test('are the values of the cells that the boxes cover, padded with nothing', () => {
    const { tokens, mask, places } = read('0')
    const grid = new Float32Array(4 * regions.featureWidth)
    cells.readInto('0', false, grid)
    const cell = (index: number) => [...grid.slice(index * regions.featureWidth, (index + 1) * regions.featureWidth)]
    const token = (index: number) => [...tokens.slice(index * regions.featureWidth, (index + 1) * regions.featureWidth)]
    token(0).forEach((value, channel) => expect(value).toBeCloseTo(cell(0)[channel], 5))
    token(1).forEach((value, channel) => expect(value).toBeCloseTo(cell(3)[channel], 5))
    expect(token(2).every((value) => value === 0)).toBe(true)
    expect([...mask]).toEqual([1, 1, 0])
    expect([...places]).toEqual([0, 0, 0.5, 0.5, 0.5, 0.5, 1, 1, 0, 0, 0, 0])
  })

  test('are the best of many, and the photo itself where there is none', () => {
    expect([...read('1').mask]).toEqual([1, 1, 1])
    const none = read('5')
    expect([...none.mask]).toEqual([1, 0, 0])
    expect([...none.places.slice(0, 4)]).toEqual([0, 0, 1, 1])
  })

  test('of a mirror image lie on the other side', () => {
    expect([...read('1', true).places.slice(0, 4)]).toEqual([0, 0, 0.5, 1])
  })
})

describe('a captioner over regions', () => {
  const examples = [0, 1, 2, 3].map((photo): TrainingExample => ({ key: String(photo), weight: 1, captions: [Int32Array.of(photo + 1, photo + 2, 5)] }))
  const recipe = trainingRecipeSchema.parse({
    epochs: 10,
    batchImages: 4,
    captionsPerImage: 1,
    maximumWords: 5,
    optimizer: { learningRate: 0.01 },
    schedule: { kind: 'constant', warmupSteps: 1 },
    averaging: 0,
  })
  const sizes = { encoderLayers: 1, decoderLayers: 1, width: 16, feedForward: 32, heads: 2 }

  test.each(['object-relation', 'geometry-aware', 'transformer'])('%s learns, learns from rewards and writes', async (architecture) => {
    const chosen = trainingRecipeSchema.parse({ ...recipe, captioner: { architecture, ...sizes } })
    const captioner = createCaptioner(captionerConfig(chosen, regions, 8))
    expect(captioner.visualInputs).toContain('visual_mask')
    const base = { captioner, examples, features: regions, session: { threads: 1 } }
    const losses: number[] = []
    let weights = initialWeights(captioner, 1)
    for await (const event of trainCaptioner({ ...base, start: weights, recipe: chosen })) {
      if (event.kind === 'step') losses.push(event.loss)
      if (event.kind === 'finished') weights = new Map(event.weights)
    }
    expect(losses[9]).toBeLessThan(losses[0])
    const rewarded = trainingRecipeSchema.parse({ ...chosen, epochs: 2, objective: { kind: 'self-critical', samples: 2 } })
    for await (const event of trainCaptioner({ ...base, start: weights, recipe: rewarded })) {
      if (event.kind === 'step') expect(event.reward).toBeGreaterThanOrEqual(0)
      if (event.kind === 'finished') weights = new Map(event.weights)
    }
    const decoder = await openCaptionDecoder(captioner, weights, { threads: 1 })
    const captions = await captionFromFeatures(decoder, regions, ['0', '1', '7'], { method: { kind: 'beam', beams: 2 } })
    await decoder.close()
    expect(captions.map((each) => each.length)).toEqual([2, 2, 2])
  })

  test('is refused the cells of a grid', async () => {
    const captioner = createCaptioner(captionerConfig(trainingRecipeSchema.parse({ captioner: { architecture: 'object-relation', ...sizes } }), regions, 8))
    const run = trainCaptioner({ captioner, examples, features: cells, recipe, start: initialWeights(captioner, 1), session: { threads: 1 } })
    await expect(run.next()).rejects.toMatchObject({ code: 'bad-input' })
  })
})

const manifest: EncoderManifest = {
  formatVersion: 1,
  id: 'tiny',
  name: 'tiny',
  kind: 'detector',
  revision: 1,
  input: { name: 'image', width: 100, height: 100, mean: [0, 0, 0], std: [1, 1, 1], resize: 'letterbox', interpolation: 'bilinear' },
  grid: { output: 'grid', rows: 2, columns: 2, width: 12 },
  pooled: { output: 'pooled', width: 12 },
  licence: 'none',
  source: 'this test',
  weights: { file: 'weights.onnx', sha256: '0'.repeat(64), bytes: 1 },
}

test('boxes once found are there the next time, whatever a kill cut off', async () => {
  const folder = temporaryFolder()
  await openBoxStore(folder, manifest, 0.2).add(new Map([['a', [[0, 0, 0.5, 1]]]]), true)
  const again = openBoxStore(folder, manifest, 0.2)
  expect(again.boxes('a')).toEqual([[0, 0, 0.5, 1]])
  await again.add(new Map([['b', []]]), false)
  expect([again.has('b'), openBoxStore(folder, manifest, 0.2).has('b'), openBoxStore(folder, manifest, 0.5).has('a')]).toEqual([true, false, false])
  const [name] = await readdir(folder)
  await appendFile(join(folder, name), '{"hash":"c","bo')
  await openBoxStore(folder, manifest, 0.2).add(new Map([['d', [[0, 0, 1, 1]]]]), true)
  const last = openBoxStore(folder, manifest, 0.2)
  expect([last.has('a'), last.has('c'), last.has('d')]).toEqual([true, false, true])
})

test('COCO instances become boxes of the encoder’s input, the largest first', async () => {
  const file = join(temporaryFolder(), 'instances.json')
  const images = [
    { id: 7, file_name: 'wide.jpg', width: 200, height: 100 },
    { id: 8, file_name: 'empty.jpg', width: 10, height: 10 },
  ]
  const annotations = [
    [0, 0, 20, 10],
    [100, 0, 100, 100],
  ].map((bbox) => ({ image_id: 7, category_id: 1, bbox }))
  await writeFile(file, JSON.stringify({ images, annotations }))
  const found = await readInstanceRegions(file, manifest.input)
  // Letterboxed: 200 × 100 lies as 100 × 50 in the middle of 100 × 100.
  expect(found.get('wide.jpg')).toEqual([
    [0.5, 0.25, 1, 0.75],
    [0, 0.25, 0.1, 0.3],
  ])
  expect(found.get('empty.jpg')).toEqual([])
})
