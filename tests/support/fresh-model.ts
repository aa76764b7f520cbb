/** Model packages of drawn weights over the embedded encoder, and photos to try them on. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import type { CaptionerConfig } from '#engine/captioners/captioner.ts'
import { createCaptioner } from '#engine/captioners/create-captioner.ts'
import { buildDocumentFrequency } from '#engine/metrics/document-frequency.ts'
import { writeModelPackage } from '#engine/models/model-package.ts'
import { vocabularyFromJson } from '#engine/text/vocabulary.ts'
import { initialWeights } from '#engine/training/optimiser/parameter-store.ts'
import { captionerConfig } from '#engine/training/data/prepare.ts'
import { trainingRecipeSchema } from '#engine/training/runs/recipe.ts'
import { readEncoderPackage } from '#engine/vision/encoders/encoder-package.ts'
import { featureKey, storedGrid } from '#engine/vision/features/feature-key.ts'
import { defaultEncoderFolder } from '../../scripts/build-encoder.ts'
import { drawPictures } from './pictures.ts'
import { sharedData } from './shared-data.ts'

const words = [...Array.from({ length: 30 }, (_, index) => `word${index}`), 'UNK']

/** A real photo where there is one; a drawn one otherwise. */
export async function somePhoto(folder: string, name = '000000000139.jpg'): Promise<string> {
  const real = sharedData === undefined ? undefined : join(sharedData, 'coco/images', name)
  return real !== undefined && existsSync(real) ? real : (await drawPictures(folder, 1))[0]
}

/** One colour, in which the detector finds nothing. */
export async function emptyPhoto(folder: string): Promise<string> {
  const path = join(folder, 'grey.png')
  await sharp({ create: { width: 320, height: 240, channels: 3, background: '#808080' } }).toFile(path)
  return path
}

/** A captioner of drawn weights over the embedded encoder, or another one: over the pooled grid, or regions of it. */
export async function writeFresh(
  folder: string,
  architecture: CaptionerConfig['architecture'],
  regions?: { limit: number; minimumScore: number },
  encoderFolder: string = defaultEncoderFolder,
): Promise<void> {
  const { manifest } = await readEncoderPackage(encoderFolder)
  const key = featureKey(manifest, { pooling: 2 })
  const { rows, columns, tokens } = storedGrid(key)
  const recipe = trainingRecipeSchema.parse({
    maximumWords: 8,
    captioner: { architecture, encoderLayers: 1, decoderLayers: 1, width: 32, feedForward: 64, heads: 4 },
  })
  const visualTokens = regions?.limit ?? tokens
  const shape = { featureWidth: key.width, visualTokens, grid: { rows, columns }, ...(regions && { readRegionsInto: () => undefined }) }
  const config = captionerConfig(recipe, shape, words.length)
  await writeModelPackage(folder, {
    name: architecture,
    config,
    weights: initialWeights(createCaptioner(config), 1),
    encoder: { id: key.encoder, fingerprint: key.fingerprint, pooling: 2, visualTokens, ...(regions && { regions }) },
    vocabulary: vocabularyFromJson({ formatVersion: 1, tokenizer: 'simple', words }),
    documentFrequency: buildDocumentFrequency([[['word1']]], 'simple'),
    provenance: { parent: null, snapshot: null, recipe: {}, seed: 1, metrics: [], created: '2024-01-01T00:00:00Z', trainingSeconds: 0 },
    card: '',
  })
}
