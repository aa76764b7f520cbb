/**
 * Self-critical sequence training (Rennie et al. 2017). The captioner writes captions, and the cross-entropy graph learns each with its advantage
 * as weight: the policy gradient −(r − b)·∇log p, averaged over the batch's words and ends. The recipe's `baseline` says what b is. Captions are
 * written without dropout, with the cached keys and values of decoding, and learned with dropout. UNK is never written, so the graph must leave it
 * out, too (`TrainingOptions.suppressUnknown`): otherwise it would take the probability that discouraged words lose, and no reward would ever
 * lower it.
 */
import type { Captioner } from '#engine/captioners/captioner.ts'
import type { FeatureSource } from '#engine/captioning/feature-source.ts'
import { readVisual } from '#engine/captioning/visual-batch.ts'
import { beamSearch } from '#engine/decoding/beam.ts'
import { openFollowingDecoder } from '#engine/decoding/caption-decoder.ts'
import { greedySearch } from '#engine/decoding/greedy.ts'
import { sampleCaptions } from '#engine/decoding/sample.ts'
import type { DecodedCaption, Stepper } from '#engine/decoding/stepper.ts'
import { createCiderReward } from '#engine/metrics/cider-reward.ts'
import type { SessionOptions } from '#engine/runtime/session.ts'
import { assertNever } from '#shared/errors.ts'
import { advantagesOf } from './advantages.ts'
import type { Batch, BatchPlan, TrainingExample } from '../data/batches.ts'
import type { ParameterStore } from '../optimiser/parameter-store.ts'
import type { SelfCriticalObjective } from '../runs/recipe.ts'

export interface SelfCritical {
  /** Fills the batch with captions that the captioner writes for the plan's photos. */
  fill(batch: Batch, plan: BatchPlan, step: number): Promise<SelfCriticalBatch>
  close(): Promise<void>
}

export interface SelfCriticalBatch {
  /** Words and ends that count. */
  words: number
  /** Mean reward of the captions. */
  reward: number
  /** Seconds that rewards took: the rest of the time is decoding. */
  rewardSeconds: number
}

export interface SelfCriticalOptions extends Omit<SelfCriticalObjective, 'kind'> {
  captioner: Captioner
  /** Where the weights change while it writes. */
  store: ParameterStore
  /** Their captions give the document frequencies of the reward. */
  examples: readonly TrainingExample[]
  features: FeatureSource
  /** Words and end of a caption. */
  steps: number
  seed: number
  session: SessionOptions
}

export async function openSelfCritical(options: SelfCriticalOptions): Promise<SelfCritical> {
  const { captioner, store, features, samples, baseline, temperature, steps, seed } = options
  const decoder = await openFollowingDecoder(captioner, store.values, options.session)
  const maximumWords = steps - 1
  const rewards = createCiderReward(
    options.examples.map(({ captions }) => captions),
    options.references === 'cut' ? { longestReference: maximumWords } : {},
  )

  /** Each photo's captions. */
  async function write(begin: (rows: number) => Promise<Stepper>, step: number, images: number): Promise<DecodedCaption[][]> {
    switch (baseline) {
      case 'leave-one-out':
      case 'greedy': {
        const imageNumbers = Array.from({ length: images }, (_, image) => step * images + image)
        const drawn = await sampleCaptions(await begin(samples), { maximumWords, temperature, seed, imageNumbers, suppressUnknown: true })
        return imageNumbers.map((_, image) => drawn.slice(image * samples, (image + 1) * samples))
      }
      case 'beam-mean':
        return beamSearch(await begin(samples), { maximumWords })
      default:
        return assertNever(baseline)
    }
  }

  return {
    async fill(batch, plan, step) {
      const images = plan.images.length
      plan.images.forEach(({ example, mirrored }, image) => {
        readVisual(batch, image, features, example.key, mirrored)
      })
      const begin = (rows: number): Promise<Stepper> => decoder.begin(batch, rows)
      const written = await write(begin, step, images)
      const greedy = baseline === 'greedy' ? await greedySearch(await begin(1), { maximumWords, suppressUnknown: true }) : []
      const begun = performance.now()
      const scores = plan.images.map(({ example }, image) => {
        const rewardsOf = (captions: readonly DecodedCaption[]): Float64Array => rewards.score(example.captions, captions.map(tokensOf))
        return { rewards: rewardsOf(written[image]), greedy: greedy.length === 0 ? undefined : rewardsOf([greedy[image]])[0] }
      })
      const rewardSeconds = (performance.now() - begun) / 1000
      batch.tokens.fill(0n)
      batch.targets.fill(0n)
      batch.weights.fill(0)
      let words = 0
      plan.images.forEach(({ example }, image) => {
        const advantages = advantagesOf(baseline, scores[image])
        written[image].forEach((caption, row) => {
          words += writeCaption(batch, (image * samples + row) * steps, caption, advantages[row] * example.weight)
        })
      })
      for (let i = 0; i < batch.weights.length; i++) batch.weights[i] /= Math.max(1, words)
      return { words, reward: meanOf(scores.flatMap((score) => Array.from(score.rewards))), rewardSeconds }
    },
    close: () => decoder.close(),
  }
}

/** The words and, where it was written, the end. */
function tokensOf({ ids, ended }: DecodedCaption): readonly number[] {
  return ended ? [...ids, 0] : ids
}

/** Tokens = 0 then the words, targets = the words and, where it was written, the end. Returns how many targets that is. */
function writeCaption({ tokens, targets, weights }: Batch, start: number, { ids, ended }: DecodedCaption, weight: number): number {
  ids.forEach((id, position) => {
    targets[start + position] = BigInt(id)
    tokens[start + position + 1] = BigInt(id)
  })
  const length = ids.length + (ended ? 1 : 0)
  weights.fill(weight, start, start + length)
  return length
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
