/**
 * Self-critical sequence training: captions are sampled from the captioner as it stands, and each is taught with its advantage as weight, so that
 * the cross-entropy graph gives the policy gradient −(r − b)·∇log p (Rennie et al. 2017). The baseline b of a sample is the mean reward of the
 * photo's other samples (Luo 2020). UNK is never sampled: nobody wants it in a caption.
 */
import type { Captioner } from '#engine/captioners/captioner.ts'
import { openFollowingDecoder } from '#engine/decoding/caption-decoder.ts'
import { sampleCaptions } from '#engine/decoding/sample.ts'
import type { Stepper } from '#engine/decoding/stepper.ts'
import { createCiderReward } from '#engine/metrics/cider-reward.ts'
import type { SessionOptions } from '#engine/runtime/session.ts'
import type { Batch, BatchPlan, FeatureSource, TrainingExample } from './batches.ts'
import type { ParameterStore } from './parameter-store.ts'

export interface SelfCritical {
  /** Fills the batch with sampled captions of the plan's photos. Returns how many words count and the mean reward. */
  fill(batch: Batch, plan: BatchPlan, step: number): Promise<{ words: number; reward: number }>
  close(): Promise<void>
}

export interface SelfCriticalOptions {
  captioner: Captioner
  /** Where the weights change while it samples. */
  store: ParameterStore
  /** Their captions give the document frequencies of the reward. */
  examples: readonly TrainingExample[]
  features: FeatureSource
  samples: number
  temperature: number
  /** Words and end of a caption. */
  steps: number
  seed: number
  session: SessionOptions
}

const neverSampled = -1e4

export async function openSelfCritical(options: SelfCriticalOptions): Promise<SelfCritical> {
  const { captioner, store, features, samples, temperature, steps, seed } = options
  const decoder = await openFollowingDecoder(captioner, store.values, options.session)
  const rewards = createCiderReward(options.examples.map(({ captions }) => captions))
  const imageSize = features.visualTokens * features.featureWidth
  return {
    async fill(batch, plan, step) {
      const images = plan.images.length
      plan.images.forEach(({ example, mirrored }, image) => {
        features.readInto(example.key, mirrored, batch.features.subarray(image * imageSize, (image + 1) * imageSize))
      })
      const stepper = withoutUnknown(await decoder.begin(batch.features, images, features.visualTokens, samples), captioner.config.words)
      const imageNumbers = plan.images.map((_, image) => step * images + image)
      const drawn = await sampleCaptions(stepper, { maximumWords: steps - 1, temperature, seed, imageNumbers })
      batch.tokens.fill(0n)
      batch.targets.fill(0n)
      batch.weights.fill(0)
      let words = 0
      let total = 0
      plan.images.forEach(({ example }, image) => {
        const captions = drawn.slice(image * samples, (image + 1) * samples)
        const scores = rewards.score(
          example.captions,
          captions.map(({ ids, ended }) => (ended ? [...ids, 0] : ids)),
        )
        const sum = scores.reduce((a, b) => a + b, 0)
        total += sum
        captions.forEach(({ ids, ended }, sample) => {
          const advantage = scores[sample] - (sum - scores[sample]) / (samples - 1)
          const length = ids.length + (ended ? 1 : 0)
          writeCaption(batch, (image * samples + sample) * steps, ids, length, advantage * example.weight)
          words += length
        })
      })
      for (let i = 0; i < batch.weights.length; i++) batch.weights[i] /= Math.max(1, words)
      return { words, reward: total / (images * samples) }
    },
    close: () => decoder.close(),
  }
}

/** Tokens = 0 then the words, targets = the words and, where it was drawn, the end. */
function writeCaption({ tokens, targets, weights }: Batch, start: number, ids: readonly number[], length: number, weight: number): void {
  ids.forEach((id, position) => {
    targets[start + position] = BigInt(id)
    tokens[start + position + 1] = BigInt(id)
  })
  weights.fill(weight, start, start + length)
}

function withoutUnknown(stepper: Stepper, unknown: number): Stepper {
  return {
    ...stepper,
    async step(tokens, parents) {
      const logProbabilities = await stepper.step(tokens, parents)
      for (let place = unknown; place < logProbabilities.length; place += stepper.outputs) logProbabilities[place] = neverSampled
      return logProbabilities
    },
  }
}
