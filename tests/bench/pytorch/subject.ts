/** What both sides are given: a captioner with weights, photos' features, and captions of real lengths. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Captioner, Weights } from '#engine/captioners/captioner.ts'
import { createCaptioner } from '#engine/captioners/create-captioner.ts'
import type { FeatureSource } from '#engine/captioning/feature-source.ts'
import { openModelFeatures } from '#engine/captioning/model-features.ts'
import { readCaptionedImages } from '#engine/datasets/captioned-photos.ts'
import { readModelPackage } from '#engine/models/model-package.ts'
import { buildVocabulary, encodeCaption, type Vocabulary } from '#engine/text/vocabulary.ts'
import type { TrainingExample } from '#engine/training/data/batches.ts'
import { captionerConfig } from '#engine/training/data/prepare.ts'
import { initialWeights } from '#engine/training/optimiser/parameter-store.ts'
import { trainingRecipeSchema, type TrainingRecipe } from '#engine/training/runs/recipe.ts'
import { defaultEncoderFolder, ensureEncoders } from '../../../scripts/build-encoder.ts'
import { drawnExamples, drawnFeatures, featureWidth, gridOf } from '#engine/provider-choice/drawn.ts'
import { sharedData } from '../../support/shared-data.ts'

export interface Subject {
  readonly captioner: Captioner
  readonly weights: Weights
  readonly recipe: TrainingRecipe
  readonly features: FeatureSource
  /** Photos to decode, by their keys in the feature source. */
  readonly keys: readonly string[]
  readonly examples: readonly TrainingExample[]
  /** Whose captions are learned. */
  readonly captions: string
  close(): Promise<void>
}

export interface SubjectSetting {
  readonly captions: string
  readonly model: string | undefined
  readonly layers: number
  readonly width: number
  readonly words: number
  readonly tokens: number
  /** Photos of a training step, and photos decoded. */
  readonly images: number
  readonly decoded: number
}

/** Fresh weights on drawn features, or a model package on the features of the shared photos. */
export function openSubject(setting: SubjectSetting): Promise<Subject> {
  return setting.model === undefined ? freshSubject(setting) : packagedSubject(setting, setting.model)
}

async function freshSubject({ captions, layers, width, words, tokens, images, decoded }: SubjectSetting): Promise<Subject> {
  const sizes = { encoderLayers: layers, decoderLayers: layers, width, feedForward: 4 * width }
  const recipe = trainingRecipeSchema.parse({ batchImages: images, captioner: { architecture: 'transformer', ...sizes } })
  const captioner = createCaptioner(captionerConfig(recipe, { featureWidth, visualTokens: tokens, grid: gridOf(tokens) }, words))
  const keys = Array.from({ length: decoded }, (_, photo) => String(photo))
  return {
    captioner,
    weights: initialWeights(captioner, 1),
    recipe,
    features: drawnFeatures(tokens),
    keys,
    ...(await captionsToLearn(captions, keys, words)),
    close: () => Promise.resolve(),
  }
}

async function packagedSubject({ captions, images, decoded }: SubjectSetting, folder: string): Promise<Subject> {
  if (sharedData === undefined) throw new Error('A model is compared on the shared photos, and these are not on this machine.')
  await ensureEncoders()
  const model = await readModelPackage(folder)
  const { captioner, weights, vocabulary } = model
  if (captioner.config.architecture !== 'transformer' || captioner.visualInputs.length > 0) throw new Error('The other side is a Transformer over grids.')
  const { maximumWords, encoderLayers, decoderLayers, width, feedForward } = captioner.config
  const recipe = trainingRecipeSchema.parse({
    batchImages: images,
    maximumWords,
    captioner: { architecture: 'transformer', encoderLayers, decoderLayers, width, feedForward },
  })
  const cache = mkdtempSync(join(tmpdir(), 'capstan-bench-'))
  const seeing = await openModelFeatures(model, { encoderRoots: [dirname(defaultEncoderFolder)], featureFolder: cache })
  const photos = readdirSync(join(sharedData, 'coco/images')).sort().slice(0, decoded)
  const seen = await seeing.ensure(photos.map((name) => ({ path: join(sharedData ?? '', 'coco/images', name) })))
  const keys = seen.map(({ key }) => key)
  return {
    captioner,
    weights,
    recipe,
    features: seeing.features,
    keys,
    ...(await captionsToLearn(captions, keys, vocabulary)),
    async close() {
      await seeing.close()
      rmSync(cache, { recursive: true, force: true })
    },
  }
}

const files: Readonly<Record<string, string>> = { coco: 'coco/captions_val2017.json', flickr8k: 'flickr8k/captions.token.txt' }

/** Captions of a shared set, beside the given photos; drawn ones where that is asked for or the set is not there. */
async function captionsToLearn(name: string, keys: readonly string[], words: number | Vocabulary): Promise<{ examples: TrainingExample[]; captions: string }> {
  const count = typeof words === 'number' ? words : words.words.length
  const photoOf = (index: number): string => keys[index % keys.length]
  if (sharedData === undefined || !(name in files)) {
    return { examples: drawnExamples(1000, count).map((example, index) => ({ ...example, key: photoOf(index) })), captions: 'drawn, 6 to 16 words' }
  }
  const photos = await readCaptionedImages(join(sharedData, files[name]), '')
  const texts = photos.flatMap(({ captions }) => captions)
  const vocabulary = typeof words === 'number' ? buildVocabulary(texts, 5) : words
  // The vocabulary's size is what was asked for: rarer words are folded onto the others.
  const folded = (ids: Int32Array): Int32Array => ids.map((id) => (id < count ? id : 1 + (id % (count - 1))))
  const examples = photos.map(({ captions }, index) => ({
    key: photoOf(index),
    weight: 1,
    captions: captions.map((caption) => folded(encodeCaption(vocabulary, caption))).filter((ids) => ids.length > 0),
  }))
  return { examples, captions: name }
}
