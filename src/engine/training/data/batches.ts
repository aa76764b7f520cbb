/**
 * Which photos and captions each step sees, as a function of (seed, step) alone. Steps count from 1; an epoch shows every photo once, in an
 * order of its own, and leaves out the remainder that does not fill a batch.
 */
import type { FeatureSource } from '#engine/captioning/feature-source.ts'
import { createVisualBatch, readVisual, type VisualBatch } from '#engine/captioning/visual-batch.ts'
import type { TrainingRecipe } from '../runs/recipe.ts'
import { permutation, randomAt, uniform, uniformInt } from '#shared/random.ts'

/** One photo to learn from. */
export interface TrainingExample {
  /** The photo's key in the feature source. */
  readonly key: string
  /** Word ids of its captions, without the end token; none where all that is known is what not to say. */
  readonly captions: readonly Int32Array[]
  /** How much its captions count in the loss. */
  readonly weight: number
  /** Never shown as its mirror image: a caption tells left from right. */
  readonly oneWay?: boolean
  /** Of captions whose words do not all count alike: weights of the words and of the end, 1 in the mean. */
  readonly emphasis?: ReadonlyMap<Int32Array, Float32Array>
  readonly contrasts?: readonly Contrast[]
}

/** A caption that a person turned down, and the one that was written in its place, where there is one. */
export interface Contrast {
  /** One of the example's captions. */
  readonly preferred: Int32Array | undefined
  readonly rejected: Int32Array
  /** How much it counts beside other contrasts. */
  readonly weight: number
}

/** The photos and captions of one step. */
export interface BatchPlan {
  readonly images: readonly {
    readonly example: TrainingExample
    readonly mirrored: boolean
    readonly replayed: boolean
    readonly captions: readonly Int32Array[]
  }[]
}

/** The contrast that a planned photo is shown with, where its captions are preferred to one that was turned down. */
export function contrastShown({ example, captions }: Pick<BatchPlan['images'][number], 'example' | 'captions'>): Contrast | undefined {
  return example.contrasts?.find(({ preferred }) => preferred === captions[0])
}

export interface BatchSetting {
  readonly seed: number
  readonly batchImages: number
  readonly captionsPerImage: number
  readonly mirror: boolean
  /** Share of each batch's photos drawn from `replay`. */
  readonly replayShare: number
}

/** The arrays that a training graph is fed with, refilled at every step. */
export interface Batch extends VisualBatch {
  readonly tokens: BigInt64Array
  readonly targets: BigInt64Array
  readonly weights: Float32Array
}

export interface BatchPlanner {
  readonly stepsPerEpoch: number
  plan(step: number): BatchPlan
}

/** Plans batches over `examples`, mixed with photos of `replay` where the setting asks for it. */
export function batchPlanner(examples: readonly TrainingExample[], replay: readonly TrainingExample[], setting: BatchSetting): BatchPlanner {
  const { seed, batchImages, captionsPerImage } = setting
  const replayed = replay.length === 0 ? 0 : Math.min(batchImages - 1, Math.round(batchImages * setting.replayShare))
  const fresh = batchImages - replayed
  const stepsPerEpoch = Math.max(1, Math.floor(examples.length / fresh))
  let orderEpoch = -1
  let order: Int32Array = new Int32Array(0)

  const exampleAt = (epoch: number, position: number): TrainingExample => {
    if (epoch !== orderEpoch) {
      order = permutation(randomAt(seed, 'order', epoch), examples.length)
      orderEpoch = epoch
    }
    // Fewer examples than a batch: the epoch's order is walked round.
    return examples[order[position % examples.length]]
  }

  return {
    stepsPerEpoch,
    plan(step) {
      const epoch = Math.floor((step - 1) / stepsPerEpoch)
      const first = ((step - 1) % stepsPerEpoch) * fresh
      const chosen = Array.from({ length: fresh }, (_, index) => exampleAt(epoch, first + index))
      const replayRandom = randomAt(seed, 'replay', step)
      for (let i = 0; i < replayed; i++) chosen.push(replay[uniformInt(replayRandom, 0, replay.length - 1)])
      const mirrorRandom = randomAt(seed, 'mirror', step)
      return {
        images: chosen.map((example, index) => ({
          example,
          mirrored: setting.mirror && uniform(mirrorRandom) < 0.5 && example.oneWay !== true,
          replayed: index >= fresh,
          captions: chooseCaptions(example.captions, captionsPerImage, seed, step, index),
        })),
      }
    },
  }
}

/** `count` of the captions: in random order without repetition while they last, then again. */
function chooseCaptions(captions: readonly Int32Array[], count: number, seed: number, step: number, image: number): Int32Array[] {
  const random = randomAt(seed, 'captions', step, image)
  const chosen: Int32Array[] = []
  while (chosen.length < count && captions.length > 0) {
    for (const index of permutation(random, captions.length).subarray(0, count - chosen.length)) chosen.push(captions[index])
  }
  return chosen
}

/** Arrays for batches of a shape. */
export function createBatch(shape: { images: number; captionsPerImage: number; steps: number; visualTokens: number }, featureWidth: number): Batch {
  const words = shape.images * shape.captionsPerImage * shape.steps
  return {
    ...createVisualBatch(shape.images, { visualTokens: shape.visualTokens, featureWidth }),
    tokens: new BigInt64Array(words),
    targets: new BigInt64Array(words),
    weights: new Float32Array(words),
  }
}

/** Whether a caption that is cut is learned to end there, or is left open. */
export type CutCaptions = TrainingRecipe['cutCaptions']

/** How many targets of a caption count in a batch of so many steps: its words, and its end unless it is left open. */
export function learnedTargets({ length }: ArrayLike<number>, steps: number, cutCaptions: CutCaptions): number {
  return length >= steps && cutCaptions === 'open' ? steps - 1 : Math.min(length, steps - 1) + 1
}

/**
 * Fills a batch: tokens = 0 then the words, targets = the words then 0, both cut to the batch's steps − 1 words and padded by 0; weights sum to 1.
 * With `cutCaptions` 'open' the end of a caption that was cut has no weight. Rows that a photo has beyond its captions stay empty.
 * Returns the number of targets that count.
 */
export function fillBatch(batch: Batch, plan: BatchPlan, steps: number, features: FeatureSource, cutCaptions: CutCaptions): number {
  batch.tokens.fill(0n)
  batch.targets.fill(0n)
  batch.weights.fill(0)
  let counted = 0
  let totalWeight = 0
  plan.images.forEach(({ example, mirrored, captions }, image) => {
    readVisual(batch, image, features, example.key, mirrored)
    captions.forEach((caption, place) => {
      const row = image * rowsPerImage(batch, steps) + place
      const emphasis = example.emphasis?.get(caption)
      const learned = writeTargets(batch, row, caption, steps, cutCaptions)
      for (let i = 0; i < learned; i++) {
        const weight = example.weight * (emphasis?.[i] ?? 1)
        batch.weights[row * steps + i] = weight
        totalWeight += weight
      }
      counted += learned
    })
  })
  if (totalWeight > 0) for (let i = 0; i < batch.weights.length; i++) batch.weights[i] /= totalWeight
  return counted
}

export function rowsPerImage({ targets, images }: Batch, steps: number): number {
  return targets.length / steps / images
}

/** Writes a caption's tokens and targets into a row; the number of targets that count. */
export function writeTargets({ tokens, targets }: Batch, row: number, caption: Int32Array, steps: number, cutCaptions: CutCaptions): number {
  const start = row * steps
  const words = Math.min(caption.length, steps - 1)
  for (let i = 0; i < words; i++) {
    const id = BigInt(caption[i])
    tokens[start + i + 1] = id
    targets[start + i] = id
  }
  return learnedTargets(caption, steps, cutCaptions)
}
