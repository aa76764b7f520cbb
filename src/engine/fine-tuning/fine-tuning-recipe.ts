/** From what a person may choose to the whole recipe of a fine-tuning run. */
import type { ModelManifest } from '#engine/models/manifest.ts'
import type { SettledRecipe } from './learning-method.ts'
import { trainingRecipeSchema, type TrainingRecipe } from '#engine/training/runs/recipe.ts'

/** Counts up whenever fine-tuning with the same recipe gives another model: measurements of before are then of something else. */
export const fineTuningRevision = 2

/** Captions of one photo in a batch: a correction is one text; where matrices learn, a replayed photo shows two of its own. */
const captionsPerImage = { biases: 1, decoder: 2, all: 2 } as const
const warmupShare = 0.1
/** A small set of corrections is walked through this often before an epoch ends, so that epochs are worth judging. */
const fewestStepsPerEpoch = 10

/** How many times an epoch shows each correction. */
export function oversampling(recipe: SettledRecipe, corrections: number, replayed: number): number {
  const fresh = recipe.batchImages - (replayed === 0 ? 0 : Math.round(recipe.batchImages * recipe.replay))
  return Math.max(1, Math.ceil((fewestStepsPerEpoch * Math.max(1, fresh)) / corrections))
}

export function trainingRecipe(name: string, recipe: SettledRecipe, parent: ModelManifest, examples: number, judged: boolean): TrainingRecipe {
  const totalSteps = Math.max(1, Math.floor((examples * recipe.epochs) / Math.max(1, recipe.batchImages * (1 - recipe.replay))))
  return trainingRecipeSchema.parse({
    name,
    seed: recipe.seed,
    epochs: recipe.epochs,
    batchImages: recipe.batchImages,
    captionsPerImage: captionsPerImage[recipe.parts],
    maximumWords: parent.captioner.maximumWords,
    features: { pooling: parent.encoder.pooling, mirror: false },
    labelSmoothing: recipe.labelSmoothing,
    optimizer: { learningRate: recipe.learningRate, weightDecay: 0 },
    schedule: { kind: 'cosine', warmupSteps: Math.max(1, Math.round(totalSteps * warmupShare)), floor: 0.1 },
    averaging: recipe.averaging,
    parts: recipe.parts,
    replay: recipe.replay,
    distillation: recipe.distillation,
    evaluation: { everyEpochs: 1, beam: 1, patience: judged ? recipe.patience : 0 },
    checkpointSteps: 25,
  })
}
