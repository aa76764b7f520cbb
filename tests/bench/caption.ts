/**
 * `npm run bench -- caption`: photos captioned per second with beam search, from files to text, with nothing cached at the start, and the share
 * of the time that decoding takes. Options: --model <package> (default: a fresh captioner of the default size), --images <folder>, --count, --beam, --batch.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildDocumentFrequency } from '#engine/metrics/document-frequency.ts'
import { openCaptioner } from '#engine/captioning/loaded-captioner.ts'
import { writeModelPackage } from '#engine/models/model-package.ts'
import { vocabularyFromJson } from '#engine/text/vocabulary.ts'
import { createCaptioner } from '#engine/captioners/create-captioner.ts'
import { initialWeights } from '#engine/training/optimiser/parameter-store.ts'
import { captionerConfig } from '#engine/training/data/prepare.ts'
import { defaultRecipe } from '#engine/training/runs/recipe.ts'
import { openEncoder } from '#engine/vision/encoders/encoder.ts'
import { featureKey, storedGrid } from '#engine/vision/features/feature-key.ts'
import { defaultEncoderFolder, ensureEncoders } from '../../scripts/build-encoder.ts'
import { drawPictures } from '../support/pictures.ts'
import { sharedData } from '../support/shared-data.ts'

export interface CaptionBenchmark {
  model: string
  photos: number
  beam: number
  batch: number
  imagesPerSecond: number
  /** With the features already in the cache: decoding alone. */
  imagesPerSecondFromCache: number
  peakMemoryMegabytes: number
}

export async function run(args: string[]): Promise<CaptionBenchmark> {
  const { values } = parseArgs({
    args,
    options: {
      model: { type: 'string' },
      images: { type: 'string' },
      count: { type: 'string', default: '96' },
      beam: { type: 'string', default: '3' },
      batch: { type: 'string', default: '16' },
    },
  })
  const folder = mkdtempSync(join(tmpdir(), 'capstan-bench-'))
  try {
    await ensureEncoders()
    const paths = await photoPaths(values.images, Number(values.count), folder)
    const model = values.model ?? (await freshModel(join(folder, 'fresh')))
    const captioner = await openCaptioner(model, { encoderRoots: [dirname(defaultEncoderFolder)], featureFolder: join(folder, 'features') })
    const [beam, batch] = [Number(values.beam), Number(values.batch)]
    const secondsFor = async (some: readonly string[]): Promise<number> => {
      const begun = performance.now()
      await captioner.caption({
        photos: some.map((path) => ({ path })),
        method: { kind: 'beam', beams: beam },
        batch,
        onBatch({ failed: [failure] }) {
          if (failure !== undefined) throw new Error(`${failure.photo.path}: ${failure.report.happened}`)
        },
      })
      return (performance.now() - begun) / 1000
    }
    const measured = paths.slice(batch)
    await secondsFor(paths.slice(0, batch)) // warms up
    const whole = await secondsFor(measured)
    const cached = await secondsFor(measured)
    const { name } = captioner.model.manifest
    await captioner.close()
    return {
      model: name,
      photos: measured.length,
      beam,
      batch,
      imagesPerSecond: measured.length / whole,
      imagesPerSecondFromCache: measured.length / cached,
      peakMemoryMegabytes: process.resourceUsage().maxRSS / 1024,
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function photoPaths(images: string | undefined, count: number, folder: string): Promise<string[]> {
  const shared = sharedData === undefined ? undefined : join(sharedData, 'coco/images')
  const source = images ?? (shared !== undefined && existsSync(shared) ? shared : undefined)
  if (source === undefined) return drawPictures(folder, count)
  return readdirSync(source)
    .filter((name) => /\.(jpe?g|png)$/i.test(name))
    .sort()
    .slice(0, count)
    .map((name) => join(source, name))
}

/** A captioner of the default size with fresh weights: what it writes is nonsense, the time it takes is not. */
async function freshModel(folder: string): Promise<string> {
  const { manifest } = await openEncoder(defaultEncoderFolder)
  const key = featureKey(manifest, { pooling: 2 })
  const visualTokens = storedGrid(key).tokens
  const words = [...Array.from({ length: 2499 }, (_, index) => `word${index}`), 'UNK']
  const captioner = createCaptioner(captionerConfig(defaultRecipe, { featureWidth: key.width, visualTokens }, words.length))
  await writeModelPackage(folder, {
    name: 'fresh weights',
    config: captioner.config,
    weights: initialWeights(captioner, 1),
    encoder: { id: key.encoder, fingerprint: key.fingerprint, pooling: 2, visualTokens },
    vocabulary: vocabularyFromJson({ formatVersion: 1, tokenizer: 'simple', words }),
    documentFrequency: buildDocumentFrequency([[['word1']]], 'simple'),
    provenance: { parent: null, snapshot: null, recipe: {}, seed: 1, metrics: [], created: new Date().toISOString(), trainingSeconds: 0 },
    card: '',
  })
  return folder
}
