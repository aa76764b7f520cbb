/** An exported model at work in a process of its own that finds nothing but onnxruntime and sharp: it says what greedy decoding says in Capstan. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, symlinkSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import sharp from 'sharp'
import { beforeAll, describe, expect, test } from 'vitest'
import { captioner as captionerOf, type CaptionerConfig } from '#engine/captioners/captioner.ts'
import { buildDocumentFrequency } from '#engine/metrics/document-frequency.ts'
import { openCaptioner } from '#engine/models/loaded-captioner.ts'
import { readModelPackage, writeModelPackage } from '#engine/models/model-package.ts'
import { exportedEncoder } from '#engine/models/onnx-encoder.ts'
import { exampleSource } from '#engine/models/onnx-example.ts'
import { exportOnnx } from '#engine/models/onnx-export.ts'
import { vocabularyFromJson } from '#engine/text/vocabulary.ts'
import { initialWeights } from '#engine/training/parameter-store.ts'
import { captionerConfig } from '#engine/training/prepare.ts'
import { trainingRecipeSchema } from '#engine/training/recipe.ts'
import { readEncoderPackage } from '#engine/vision/encoder-package.ts'
import { featureKey, storedGrid } from '#engine/vision/feature-key.ts'
import { defaultEncoderFolder, ensureEncoder } from '../../scripts/build-encoder.ts'
import { drawPictures } from '../support/pictures.ts'
import { sharedData } from '../support/shared-data.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const root = resolve(import.meta.dirname, '../..')
const encoderRoots = [dirname(defaultEncoderFolder)]
const words = [...Array.from({ length: 30 }, (_, index) => `word${index}`), 'UNK']

beforeAll(async () => {
  await ensureEncoder()
})

/** A real photo where there is one; a drawn one otherwise. */
async function somePhoto(folder: string): Promise<string> {
  const real = sharedData === undefined ? undefined : join(sharedData, 'coco/images/000000000139.jpg')
  return real !== undefined && existsSync(real) ? real : (await drawPictures(folder, 1))[0]
}

/** Captions the photo with the example that lies beside the exported files. */
function captionOutside(folder: string, photo: string): string {
  mkdirSync(join(folder, 'node_modules'))
  for (const name of ['onnxruntime-node', 'sharp']) symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name), 'dir')
  return execFileSync(process.execPath, ['caption.mjs', photo], { cwd: folder, encoding: 'utf8' }).trim()
}

async function captionInside(model: string, photo: string, featureFolder: string): Promise<string> {
  const captioner = await openCaptioner(model, { encoderRoots, featureFolder, session: { threads: 1 } })
  let caption = ''
  await captioner.caption({
    paths: [photo],
    method: { kind: 'greedy' },
    onCaption: (_path, [best]) => (caption = best.text),
    onFailure: (_path, report) => {
      throw new Error(report.happened)
    },
  })
  await captioner.close()
  return caption
}

/** One colour, in which the detector finds nothing. */
async function emptyPhoto(folder: string): Promise<string> {
  const path = join(folder, 'grey.png')
  await sharp({ create: { width: 320, height: 240, channels: 3, background: '#808080' } }).toFile(path)
  return path
}

/** A captioner of drawn weights over the embedded encoder: over the pooled grid, or regions of it. */
async function writeFresh(folder: string, architecture: CaptionerConfig['architecture'], regions?: { limit: number; minimumScore: number }): Promise<void> {
  const { manifest } = await readEncoderPackage(defaultEncoderFolder)
  const key = featureKey(manifest, { pooling: 2 })
  const { rows, columns, tokens } = storedGrid(key)
  const recipe = trainingRecipeSchema.parse({ maximumWords: 8, captioner: { architecture, encoderLayers: 1, decoderLayers: 1, width: 32, feedForward: 64, heads: 4 } })
  const visualTokens = regions?.limit ?? tokens
  const shape = { featureWidth: key.width, visualTokens, grid: { rows, columns }, ...(regions && { readRegionsInto: () => undefined }) }
  const config = captionerConfig(recipe, shape, words.length)
  await writeModelPackage(folder, {
    name: architecture,
    config,
    weights: initialWeights(captionerOf(config), 1),
    encoder: { id: key.encoder, fingerprint: key.fingerprint, pooling: 2, visualTokens, ...(regions && { regions }) },
    vocabulary: vocabularyFromJson({ formatVersion: 1, tokenizer: 'simple', words }),
    documentFrequency: buildDocumentFrequency([[['word1']]], 'simple'),
    provenance: { parent: null, snapshot: null, recipe: {}, seed: 1, metrics: [], created: '2024-01-01T00:00:00Z', trainingSeconds: 0 },
    card: '',
  })
}

describe('a model exported as ONNX', () => {
  test('captions a photo as greedy decoding does: the captioner that ships', async () => {
    const home = temporaryFolder()
    const shipped = join(root, 'models/flickr8k-base')
    const photo = await somePhoto(home)
    const folder = join(home, 'shipped')
    const files = await exportOnnx({ model: shipped, encoderRoots, folder })
    expect(files.toSorted()).toEqual(['caption.mjs', 'decoder.onnx', 'encoder.onnx', 'prepare.onnx', 'settings.json', 'vision.onnx'])
    const caption = captionOutside(folder, photo)
    expect(caption.split(' ').length).toBeGreaterThan(2)
    expect(caption).toBe(await captionInside(shipped, photo, join(home, 'features')))
    await expect(exportOnnx({ model: shipped, encoderRoots, folder })).rejects.toMatchObject({ code: 'conflict' })
  })

  test.each(['object-relation', 'geometry-aware'] as const)('captions a photo as greedy decoding does: %s over the grid', async (architecture) => {
    const home = temporaryFolder()
    const photo = await somePhoto(home)
    const model = join(home, 'model')
    await writeFresh(model, architecture)
    const folder = join(home, 'exported')
    await exportOnnx({ model, encoderRoots, folder })
    expect(captionOutside(folder, photo)).toBe(await captionInside(model, photo, join(home, 'features')))
  })

  test.each(['transformer', 'object-relation', 'geometry-aware'] as const)('captions photos as greedy decoding does: %s over the regions that the detector finds', async (architecture) => {
    const home = temporaryFolder()
    const model = join(home, 'model')
    await writeFresh(model, architecture, { limit: 6, minimumScore: 0.2 })
    for (const [name, photo] of Object.entries({ found: await somePhoto(home), empty: await emptyPhoto(home) })) {
      const folder = join(home, name)
      await exportOnnx({ model, encoderRoots, folder })
      expect(captionOutside(folder, photo)).toBe(await captionInside(model, photo, join(home, 'features')))
    }
  })

  test('is refused with a sentence where the captioner sees regions and its encoder finds none', async () => {
    const model = join(temporaryFolder(), 'model')
    await writeFresh(model, 'object-relation', { limit: 6, minimumScore: 0.2 })
    const { manifest } = await readEncoderPackage(defaultEncoderFolder)
    const { detection: _detection, ...blind } = manifest
    const refused = 'The model sees regions, and its encoder OpenImages SSD-MobileNetV2 finds none by itself.'
    const opened = await readModelPackage(model)
    expect(() => exportedEncoder(opened, blind)).toThrow(refused)
  })

  test('comes with an example of at most forty lines', () => {
    expect(exampleSource.trimEnd().split('\n').length).toBeLessThanOrEqual(40)
  })
})
