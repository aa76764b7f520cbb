/** A captioner and a training set so small that a step takes milliseconds. */
import type { Captioner } from '#engine/captioners/captioner.ts'
import { createCaptioner } from '#engine/captioners/create-captioner.ts'
import type { FeatureSource } from '#engine/captioning/feature-source.ts'
import type { TrainingExample } from '#engine/training/data/batches.ts'
import { trainingRecipeSchema, type TrainingRecipe } from '#engine/training/runs/recipe.ts'

const featureWidth = 12
const visualTokens = 4

export const tinyCaptioner: Captioner = createCaptioner({
  architecture: 'transformer',
  encoderLayers: 1,
  decoderLayers: 2,
  width: 16,
  feedForward: 32,
  heads: 2,
  featureWidth,
  words: 20,
  maximumWords: 6,
  dropout: 0.1,
  visualDropout: 0.3,
  layerNorm: 'standard',
  shareEmbedding: true,
  visualNorm: true,
  visualPositions: visualTokens,
})

export const tinyRecipe: TrainingRecipe = trainingRecipeSchema.parse({
  epochs: 5,
  batchImages: 4,
  captionsPerImage: 2,
  maximumWords: 6,
  optimizer: { learningRate: 0.01 },
  schedule: { kind: 'constant', warmupSteps: 2 },
  averaging: 0.9,
  checkpointSteps: 5,
})

/** Photo k is captioned with the words k + 1, k + 2, k + 3. */
export const tinyExamples: TrainingExample[] = Array.from({ length: 8 }, (_, photo) => ({
  key: String(photo),
  weight: 1,
  captions: [Int32Array.of(photo + 1, photo + 2, photo + 3), Int32Array.of(photo + 1, photo + 2)],
}))

/** Features that tell the photos apart. */
export const tinyFeatures: FeatureSource = {
  visualTokens,
  featureWidth,
  mirrored: true,
  readInto(key, mirrored, destination) {
    for (let i = 0; i < destination.length; i++) destination[i] = Math.sin((Number(key) + 1) * (i + 1)) + (mirrored ? 0.01 : 0)
  },
}
