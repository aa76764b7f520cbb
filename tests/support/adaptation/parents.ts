/** The captioners that the adaptation benchmark starts from: the one that ships, and small bases trained without a theme (once: they are cached). */
import { createHash } from 'node:crypto'
import { join, resolve } from 'node:path'
import { readModelPackage, type ModelPackage } from '#engine/models/model-package.ts'
import { trainFromCaptions } from '#engine/training/runs/train-from-captions.ts'
import { trainingRecipeSchema, type TrainingRecipe } from '#engine/training/runs/recipe.ts'
import { AppError } from '#shared/errors.ts'
import { defaultEncoderFolder } from '../../../scripts/build-encoder.ts'
import { projectFolder } from '../../../scripts/paths.ts'
import { basePhotos, type Photos, type SituationSetting } from './situations.ts'

export const cacheFolder = resolve(projectFolder, '.cache', 'adapt')
export const featureFolder = resolve(projectFolder, '.cache', 'features')

/** The base's own scores are read of so many dev photos; the benchmark judges by all. */
const judgedPhotos = 200

export interface ParentSetting extends Pick<SituationSetting, 'parent' | 'theme' | 'basePhotos'> {
  baseEpochs: number
  threads: number
}

export function openParent(setting: ParentSetting, photos: Photos): Promise<ModelPackage> {
  return setting.parent === 'shipped' ? readModelPackage(resolve(projectFolder, 'models', 'base-captioner')) : smallBase(setting, photos)
}

/** Small enough for a quarter of an hour on two cores. */
function baseRecipe(epochs: number): TrainingRecipe {
  return trainingRecipeSchema.parse({
    name: 'base without a theme',
    seed: 1,
    epochs,
    batchImages: 16,
    captionsPerImage: 3,
    maximumWords: 14,
    captioner: { encoderLayers: 2, decoderLayers: 2, width: 192, feedForward: 768, dropout: 0.1, visualDropout: 0.2 },
    features: { pooling: 2, mirror: false },
    optimizer: { learningRate: 1e-3 },
    schedule: { kind: 'cosine', warmupSteps: 100 },
    averaging: 0.99,
    evaluation: { everyEpochs: epochs },
    checkpointSteps: 50,
  })
}

/** Trains the base, or reads what an earlier run left; a run that was stopped goes on. Without a theme, one base serves `mixed` and `coco`. */
async function smallBase({ theme, basePhotos: count, baseEpochs, threads }: ParentSetting, photos: Photos): Promise<ModelPackage> {
  const base = basePhotos(photos, theme, count)
  const recipe = baseRecipe(baseEpochs)
  const digest = createHash('sha256')
    .update(JSON.stringify({ recipe, photos: base.map(({ fileName }) => fileName) }))
    .digest('hex')
    .slice(0, 12)
  const folder = join(cacheFolder, 'bases', digest)
  const cached = await readModelPackage(folder).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'not-found') return undefined
    throw error
  })
  if (cached !== undefined) return cached
  const tell = (text: string) => process.stderr.write(`base without ${theme}: ${text}\n`)
  await trainFromCaptions({
    train: base,
    dev: photos.dev.slice(0, judgedPhotos),
    dataNote: `Flickr8k without photos whose captions mention “${theme}”`,
    terms: 'The photos and captions belong to their owners under the data set’s own terms',
    out: folder,
    name: `Flickr8k without ${theme}`,
    recipe,
    encoderFolder: defaultEncoderFolder,
    featureFolder,
    checkpointFolder: `${folder}.checkpoints`,
    resume: true,
    finish: false,
    replace: true,
    session: { threads },
    signal: new AbortController().signal,
    tell: {
      stage: tell,
      progress: (done, total) => {
        if (done % 500 === 0) tell(`${done} of ${total}`)
      },
      note: tell,
    },
  })
  return readModelPackage(folder)
}
