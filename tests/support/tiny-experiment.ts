/** An experiment of two captioners on 12 photos, 8 of them to learn from: steps take milliseconds. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ExperimentRecipeInput } from '#engine/experiments/recipe.ts'
import { writeCaptionedPhotos } from './captioned-photos.ts'

/** Writes photos, lists and the recipe, of which `change` and its `training` may be others; returns the recipe's file. */
export async function writeTinyExperiment(
  folder: string,
  change: Partial<ExperimentRecipeInput> = {},
  training: Partial<ExperimentRecipeInput['recipes'][number]> = {},
): Promise<string> {
  await writeCaptionedPhotos(folder, 8, 4)
  const recipe: ExperimentRecipeInput = {
    name: 'Twelve photos',
    data: { captions: 'captions.token.txt', images: 'photos', trainList: 'train.txt', devList: 'dev.txt' },
    encoders: ['openimages-ssd'],
    captioners: [
      { name: 'transformer', captioner: { architecture: 'transformer' } },
      { name: 'object-relation', captioner: { architecture: 'object-relation' } },
    ],
    recipes: [
      {
        name: 'short',
        epochs: 60,
        batchImages: 4,
        captionsPerImage: 2,
        minimumCount: 1,
        captioner: { encoderLayers: 1, decoderLayers: 1, width: 16, feedForward: 32, heads: 2 },
        features: { mirror: false },
        optimizer: { learningRate: 0.01 },
        schedule: { kind: 'constant', warmupSteps: 5 },
        averaging: 0,
        evaluation: { everyEpochs: 30 },
        checkpointSteps: 20,
        ...training,
      },
    ],
    beam: 2,
    metrics: ['Bleu_4', 'METEOR', 'CIDEr'],
    baselines: [{ captioner: 'transformer' }],
    ...change,
  }
  const file = join(folder, 'recipe.json')
  writeFileSync(file, JSON.stringify(recipe))
  return file
}
