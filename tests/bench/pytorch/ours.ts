/** Our side of the comparison with PyTorch: whole training steps, and beam search from features, as the app runs them. */
import type { Captioner, TrainingShape, Weights } from '#engine/captioners/captioner.ts'
import { captionFromFeatures } from '#engine/captioning/caption-from-features.ts'
import type { FeatureSource } from '#engine/captioning/feature-source.ts'
import { openCaptionDecoder } from '#engine/decoding/caption-decoder.ts'
import type { DecodedCaption } from '#engine/decoding/stepper.ts'
import { batchPlanner, fillBatch, type BatchPlan, type TrainingExample } from '#engine/training/data/batches.ts'
import { packedSizesOf } from '#engine/training/data/packing.ts'
import { openTrainingSession } from '#engine/training/loop/training-session.ts'
import { createOptimizer } from '#engine/training/optimiser/optimizer.ts'
import { createParameterStore } from '#engine/training/optimiser/parameter-store.ts'
import type { TrainingRecipe } from '#engine/training/runs/recipe.ts'
import { operationsOverTargets } from '../../support/counted-operations.ts'

export interface ComparedTraining {
  /** Floating-point operations of one step's matrix products over the tokens that count. */
  readonly operations: number
  readonly plan: BatchPlan
  /** Targets that count. */
  readonly targets: number
  /** Loss and Euclidean norm of the gradients, without dropout. */
  check(): Promise<{ loss: number; norm: number }>
  /** Whole steps. */
  step(): Promise<void>
  close(): Promise<void>
}

export interface Compared {
  readonly captioner: Captioner
  readonly weights: Weights
  readonly features: FeatureSource
  readonly threads: number
}

/** Steps over the same photos and captions, as the other side has them. */
export async function openTraining(
  { captioner, weights, features, threads }: Compared,
  recipe: TrainingRecipe,
  examples: readonly TrainingExample[],
): Promise<ComparedTraining> {
  const { batchImages, captionsPerImage } = recipe
  const steps = recipe.maximumWords + 1
  const shape = { images: batchImages, captionsPerImage, steps, visualTokens: features.visualTokens }
  const planner = batchPlanner(examples, [], { seed: 1, batchImages, captionsPerImage, mirror: false, replayShare: 0 })
  const plan = planner.plan(1)
  const store = createParameterStore(captioner, weights, { trainable: () => true, weightDecay: recipe.optimizer.weightDecay, averaging: true })
  const sizes = packedSizesOf(planner, {
    allPlaces: batchImages * captionsPerImage * steps,
    steps,
    totalSteps: planner.stepsPerEpoch,
    cutCaptions: recipe.cutCaptions,
  })
  const open = (dropout: 'fed' | 'none') => {
    const options = { labelSmoothing: recipe.labelSmoothing, dropout, trainable: () => true }
    const graphs = { shape, sizes, graphOf: (size: TrainingShape) => captioner.trainingGraph(size, options) }
    return openTrainingSession(graphs, features.featureWidth, store, { seed: 1, session: { threads } })
  }
  const session = await open('fed')
  const optimizer = await createOptimizer(store, recipe.optimizer, recipe.averaging, threads)
  const targets = fillBatch(session.batch, plan, steps, features, recipe.cutCaptions)
  let done = 0
  return {
    operations: operationsOverTargets(captioner, shape, targets),
    plan,
    targets,
    async check() {
      const still = await open('none')
      fillBatch(still.batch, plan, steps, features, recipe.cutCaptions)
      const loss = await still.run(1, 0)
      await still.close()
      return { loss, norm: Math.hypot(...[...store.gradients.values()].map((gradient) => Math.sqrt(gradient.reduce((sum, value) => sum + value * value, 0)))) }
    },
    async step() {
      done++
      fillBatch(session.batch, plan, steps, features, recipe.cutCaptions)
      await session.run(done, 0)
      await optimizer.update(done, 1e-9) // hardly moves: every round does the same work
    },
    close: () => session.close(),
  }
}

export interface ComparedDecoding {
  search(beams: number): Promise<DecodedCaption[]>
  close(): Promise<void>
}

export async function openDecoding({ captioner, weights, features, threads }: Compared, keys: readonly string[]): Promise<ComparedDecoding> {
  const decoder = await openCaptionDecoder(captioner, weights, { threads })
  return {
    search: async (beams) => (await captionFromFeatures(decoder, features, keys, { method: { kind: 'beam', beams } })).map(([best]) => best),
    close: () => decoder.close(),
  }
}
