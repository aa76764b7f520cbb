/** A captioner's encode and step graphs in onnxruntime, with keys and values cached from step to step. */
import { Tensor } from '#engine/runtime/onnxruntime.ts'
import type { Captioner, StepResult, Weights } from '#engine/captioners/captioner.ts'
import { keepOnDevice } from '#engine/runtime/device-tensors.ts'
import { createSession, type Session, type SessionOptions } from '#engine/runtime/session.ts'
import type { Provider } from '#shared/domain.ts'
import { AppError } from '#shared/errors.ts'
import { alternativesTo, type Alternatives } from './alternatives.ts'
import { cachedSteps, floats, integers, type CachedSteps, type KeptMemory, type TensorsByName } from './cached-steps.ts'
import { firstRows, type Stepper } from './stepper.ts'

/** What captioners over regions read beside features. */
export interface Regions {
  /** [images, visualTokens]: 1 for a region, 0 for padding. */
  readonly mask: Float32Array
  /** [images, visualTokens, 4] as x0, y0, x1, y1 in 0–1; padding all 0. Transformers need none. */
  readonly boxes?: Float32Array
}

/** A batch of images as a captioner reads it. */
export interface VisualInput {
  readonly images: number
  readonly visualTokens: number
  /** [images, visualTokens, featureWidth] */
  readonly features: Float32Array
  readonly regions?: Regions
}

/** How a captioner saw a caption's words while it was led along them. */
export interface FollowedCaption {
  /** Log-probability of each word, given the words before it. */
  readonly logProbabilities: readonly number[]
  /** What it could have written in each word's place. */
  readonly alternatives: readonly Alternatives[]
  /** For each word, how much each visual token was attended to: the head-mean of the last layer, summing to 1. */
  readonly attention: readonly Float32Array[]
}

export interface CaptionDecoder {
  /** The provider that executes. */
  readonly provider: Provider
  /** Encodes images and stands before the first step. Ends what was begun before: the two share their memory. */
  begin(visual: VisualInput, beams: number): Promise<Stepper>
  /** Leads the captioner along a caption of one image (ends what was begun before), `ids` without the end; words beyond its longest caption are left out. */
  follow(visual: VisualInput, ids: ArrayLike<number>): Promise<FollowedCaption>
  /** Leads it along one caption for every image of a batch; for each word its log-probability with each image. Else as `follow`. */
  likelihoods(visual: VisualInput, ids: ArrayLike<number>): Promise<Float32Array[]>
  close(): Promise<void>
}

export async function openCaptionDecoder(captioner: Captioner, weights: Weights, options: SessionOptions = {}): Promise<CaptionDecoder> {
  const encoder = await createSession(captioner.encodeGraph(weights), options)
  return decoderOf(captioner, encoder, (result) => createSession(captioner.stepGraph(weights, { result, past: 'kept' }), options))
}

/**
 * A decoder that follows its weights: it reads the given arrays anew whenever captions are begun, so that what is learned in between shows at once. Slower
 * than one with constant weights, which onnxruntime lays out for its kernels once. Between two beginnings they stay on the device where that is possible.
 */
export async function openFollowingDecoder(captioner: Captioner, weights: Weights, options: SessionOptions = {}): Promise<CaptionDecoder> {
  const given = captioner.parameters.flatMap(({ name, shape }): [string, Tensor][] => {
    const values = weights.get(name)
    return values === undefined ? [] : [[name, new Tensor('float32', values, shape)]]
  })
  const kept = await keepOnDevice(Object.fromEntries(given), options)
  const open = async (model: Uint8Array): Promise<Session> => {
    const session = await createSession(model, options)
    const read = given.map(([name]) => name).filter((name) => session.inputNames.includes(name))
    return { ...session, run: (feeds, fetches) => session.run({ ...Object.fromEntries(read.map((name) => [name, kept.feeds()[name]])), ...feeds }, fetches) }
  }
  const decoder = decoderOf(captioner, await open(captioner.encodeGraph('fed')), (result) => open(captioner.stepGraph('fed', { result, past: 'kept' })))
  const anew = <Given extends unknown[], Result>(begin: (...given: Given) => Promise<Result>) => {
    return async (...words: Given): Promise<Result> => {
      await kept.refresh()
      return begin(...words)
    }
  }
  return {
    provider: decoder.provider,
    begin: anew(decoder.begin),
    follow: anew(decoder.follow),
    likelihoods: anew(decoder.likelihoods),
    async close() {
      await decoder.close()
      await kept.close()
    },
  }
}

function decoderOf(captioner: Captioner, encoder: Session, open: (result: StepResult) => Promise<Session>): CaptionDecoder {
  const { config } = captioner
  // Most decoders choose words in one way only, and each way's session holds its weights.
  const sessions = new Map<StepResult, Promise<Session>>()
  const sessionOf = (result: StepResult): Promise<Session> => {
    const opened = sessions.get(result) ?? open(result)
    sessions.set(result, opened)
    return opened
  }
  const kept: KeptMemory = new Map()
  const begin = async (visual: VisualInput, beams: number): Promise<CachedSteps> =>
    cachedSteps(sessionOf, captioner, await remember(captioner, encoder, visual), { rows: visual.images * beams, kept })
  /** Teacher forcing: every image's row takes the same words, one a step. */
  const lead = async (
    visual: VisualInput,
    ids: ArrayLike<number>,
    outputs: readonly string[],
    see: (id: number, seen: TensorsByName) => void,
  ): Promise<void> => {
    const steps = await begin(visual, 1)
    const words = Array.from(ids).slice(0, config.maximumWords)
    const { tokens, parents } = firstRows(visual.images, 1)
    for (const [place, id] of words.entries()) {
      see(id, await steps.step('all', { tokens: tokens.fill(place === 0 ? 0 : words[place - 1]), parents }, { outputs }))
    }
  }
  return {
    provider: encoder.provider,
    async begin(visual, beams) {
      const steps = await begin(visual, beams)
      return {
        images: visual.images,
        beams,
        outputs: config.words + 1,
        maximumSteps: config.maximumWords,
        async best(next, count) {
          const found = await steps.step('best', next, { feeds: { count: integers([count]) }, outputs: ['best_ids', 'best_log_probabilities'] })
          return { ids: numbers(found['best_ids']), logProbabilities: floats(found['best_log_probabilities']) }
        },
        async draw(next, { shares, temperature, suppressUnknown }) {
          const feeds = {
            shares: new Tensor('float64', shares, [shares.length, 1]),
            temperature: new Tensor('float64', Float64Array.of(temperature), [1]),
            last: integers([suppressUnknown ? config.words - 1 : config.words]),
          }
          const found = await steps.step('drawn', next, { feeds, outputs: ['drawn_ids', 'drawn_log_probabilities'] })
          return { ids: numbers(found['drawn_ids']), logProbabilities: floats(found['drawn_log_probabilities']) }
        },
      }
    },
    async follow(visual, ids) {
      const found = { logProbabilities: [] as number[], alternatives: [] as Alternatives[], attention: [] as Float32Array[] }
      await lead(visual, ids, ['log_probabilities', 'attention'], (id, seen) => {
        const all = floats(seen['log_probabilities'])
        found.logProbabilities.push(all[id])
        found.alternatives.push(alternativesTo(id, all))
        found.attention.push(Float32Array.from(floats(seen['attention'])))
      })
      return found
    },
    async likelihoods(visual, ids) {
      const outputs = config.words + 1
      const found: Float32Array[] = []
      await lead(visual, ids, ['log_probabilities'], (id, seen) => {
        const all = floats(seen['log_probabilities'])
        found.push(Float32Array.from({ length: visual.images }, (_, image) => all[image * outputs + id]))
      })
      return found
    },
    async close() {
      await encoder.release()
      for (const session of sessions.values()) await (await session).release()
    },
  }
}

/** What every step attends to: the encoded images, and the mask that hides padding. */
async function remember(captioner: Captioner, encoder: Session, { features, images, visualTokens, regions }: VisualInput): Promise<TensorsByName> {
  const shape = [images, visualTokens]
  const given = regionFeeds(captioner, shape, regions)
  const memory = await encoder.run({ features: new Tensor('float32', features, [...shape, captioner.config.featureWidth]), ...given })
  return 'visual_mask' in given ? { ...memory, visual_mask: given['visual_mask'] } : memory
}

/** Masks and boxes as the captioner's graphs ask for them. */
function regionFeeds({ visualInputs }: Captioner, shape: readonly number[], { mask, boxes }: Partial<Regions> = {}): TensorsByName {
  const values = { visual_mask: mask, boxes }
  const sizes = { visual_mask: shape, boxes: [...shape, 4] }
  return Object.fromEntries(
    visualInputs.map((input) => {
      const given = values[input]
      if (given === undefined) throw new AppError('bad-input', `This captioner sees regions, and was not given their “${input}”.`)
      return [input, new Tensor('float32', given, sizes[input])]
    }),
  )
}

/** Word ids as plain numbers. */
function numbers(tensor: Tensor): Int32Array {
  if (!(tensor.data instanceof BigInt64Array)) throw new TypeError(`the step graph gave ${tensor.type} in place of word ids`)
  return Int32Array.from(tensor.data, Number)
}
