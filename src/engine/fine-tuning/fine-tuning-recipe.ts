/** From what a person may choose to the whole recipe of a fine-tuning run. */
import type { ModelManifest } from '#engine/models/manifest.ts'
import type { SettledRecipe } from './learning-method.ts'
import { trainingRecipeSchema, type TrainingRecipe } from '#engine/training/runs/recipe.ts'

/** Counts up whenever fine-tuning with the same recipe gives another model: measurements of before are then of something else. */
export const fineTuningRevision = 6

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

/** What a run's recipes follow from, beside the settled recipe. */
export interface RecipeSetting {
  parent: ModelManifest
  /** Examples that an epoch shows. */
  examples: number
  /** Whether there are held-out corrections enough to stop by. */
  stoppable: boolean
}

/** The stages of a run: imitation, and where the recipe says so, self-critical training on the same photos after it. */
export function trainingStages(recipe: SettledRecipe, setting: RecipeSetting): TrainingRecipe[] {
  const imitation = trainingRecipe(recipe, setting, { name: 'Imitation', epochs: recipe.epochs, learningRate: recipe.learningRate })
  if (recipe.criticEpochs === 0) return [imitation]
  const critic = trainingRecipe({ ...recipe, replay: Math.min(recipe.replay, criticReplay) }, setting, {
    name: 'Self-critical',
    epochs: recipe.criticEpochs,
    learningRate: criticRate,
  })
  const { preference: _preference, ...rewarded } = critic
  return [imitation, { ...rewarded, averaging: criticAveraging, objective: { ...rewarded.objective, ...criticObjective } }]
}

/** As the captioner that ships was trained (recipes/base-captioner.json), at a rate for so few steps. */
const criticObjective = {
  kind: 'self-critical',
  samples: 5,
  baseline: 'beam-mean',
  temperature: 1,
  references: 'whole',
  frequencies: 'all',
} as const
const criticRate = 1e-4
const criticAveraging = 0.98
const criticReplay = 0.5

function trainingRecipe(
  recipe: SettledRecipe,
  { parent, examples, stoppable }: RecipeSetting,
  { name, epochs, learningRate }: { name: string; epochs: number; learningRate: number },
): TrainingRecipe {
  const totalSteps = Math.max(1, Math.floor((examples * epochs) / Math.max(1, recipe.batchImages * (1 - recipe.replay))))
  return trainingRecipeSchema.parse({
    name,
    seed: recipe.seed,
    epochs,
    batchImages: recipe.batchImages,
    captionsPerImage: captionsPerImage[recipe.parts],
    maximumWords: parent.captioner.maximumWords,
    features: { pooling: parent.encoder.pooling, mirror: false },
    labelSmoothing: recipe.labelSmoothing,
    optimizer: { learningRate, weightDecay: 0 },
    schedule: { kind: 'cosine', warmupSteps: Math.max(1, Math.round(totalSteps * warmupShare)), floor: 0.1 },
    averaging: recipe.averaging,
    parts: recipe.parts,
    replay: recipe.replay,
    distillation: recipe.distillation,
    ...(recipe.preference > 0 && { preference: { weight: recipe.preference, beta: recipe.beta } }),
    evaluation: { everyEpochs: 1, beam: 1, patience: stoppable ? recipe.patience : 0 },
    checkpointSteps: 25,
  })
}
