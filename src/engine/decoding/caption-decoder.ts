/** A captioner's encode and step graphs in onnxruntime, with keys and values cached from step to step. */
import { Tensor } from '#engine/runtime/onnxruntime.ts'
import type { Captioner, Weights } from '#engine/captioners/captioner.ts'
import { createSession, type Session, type SessionOptions } from '#engine/runtime/session.ts'
import type { Provider } from '#shared/domain.ts'
import { AppError } from '#shared/errors.ts'
import type { Stepper } from './stepper.ts'

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
  /** For each word, how much each visual token was attended to: the head-mean of the last layer, summing to 1. */
  readonly attention: readonly Float32Array[]
}

export interface CaptionDecoder {
  /** The provider that executes. */
  readonly provider: Provider
  /** Encodes images and stands before the first step. */
  begin(visual: VisualInput, beams: number): Promise<Stepper>
  /** Leads the captioner along a caption of one image, `ids` without the end; words beyond its longest caption are left out. */
  follow(visual: VisualInput, ids: ArrayLike<number>): Promise<FollowedCaption>
  close(): Promise<void>
}

export async function openCaptionDecoder(captioner: Captioner, weights: Weights, options: SessionOptions = {}): Promise<CaptionDecoder> {
  const encoder = await createSession(captioner.encodeGraph(weights), options)
  const step = await createSession(captioner.stepGraph(weights), options)
  return decoderOf(captioner, encoder, step)
}

/**
 * A decoder that follows its weights: it reads the given arrays anew at every run, so that what is learned in between shows at once. Slower than
 * one with constant weights, which onnxruntime lays out for its kernels once.
 */
export async function openFollowingDecoder(captioner: Captioner, weights: Weights, options: SessionOptions = {}): Promise<CaptionDecoder> {
  const open = (model: Uint8Array): Promise<Session> => followingSession(captioner, model, weights, options)
  return decoderOf(captioner, await open(captioner.encodeGraph('fed')), await open(captioner.stepGraph('fed')))
}

async function followingSession({ parameters }: Captioner, model: Uint8Array, weights: Weights, options: SessionOptions): Promise<Session> {
  const session = await createSession(model, options)
  const read = parameters.filter(({ name }) => session.inputNames.includes(name))
  const fed = Object.fromEntries(read.map(({ name, shape }) => [name, new Tensor('float32', weights.get(name) ?? new Float32Array(0), shape)]))
  return { ...session, run: (feeds, fetches) => session.run({ ...fed, ...feeds }, fetches) }
}

function decoderOf(captioner: Captioner, encoder: Session, step: Session): CaptionDecoder {
  const { config } = captioner
  const remember = async ({ features, images, visualTokens, regions }: VisualInput): Promise<TensorsByName> => {
    const shape = [images, visualTokens]
    const given = regionFeeds(captioner, shape, regions)
    const memory = await encoder.run({ features: new Tensor('float32', features, [...shape, config.featureWidth]), ...given })
    // The mask hides padding from the steps, too.
    return 'visual_mask' in given ? { ...memory, visual_mask: given['visual_mask'] } : memory
  }
  return {
    provider: encoder.provider,
    async begin(visual, beams) {
      const { images } = visual
      const steps = cachedSteps(step, await remember(visual), config, images * beams)
      return {
        images,
        beams,
        outputs: config.words + 1,
        maximumSteps: config.maximumWords,
        step: async (tokens, parents) => floats((await steps(tokens, parents, ['log_probabilities']))['log_probabilities']),
      }
    },
    async follow(visual, ids) {
      const steps = cachedSteps(step, await remember(visual), config, 1)
      const words = Array.from(ids).slice(0, config.maximumWords)
      const logProbabilities: number[] = []
      const attention: Float32Array[] = []
      for (const [place, id] of words.entries()) {
        const seen = await steps([place === 0 ? 0 : words[place - 1]], [0], ['log_probabilities', 'attention'])
        logProbabilities.push(floats(seen['log_probabilities'])[id])
        attention.push(Float32Array.from(floats(seen['attention'])))
      }
      return { logProbabilities, attention }
    },
    async close() {
      await encoder.release()
      await step.release()
    },
  }
}

type TensorsByName = Readonly<Record<string, Tensor>>

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

/** Does the next step and gives the outputs asked for. */
type Steps = (tokens: ArrayLike<number>, parents: ArrayLike<number>, outputs: readonly string[]) => Promise<TensorsByName>

/** Steps over `rows`, with keys and values cached in between. */
function cachedSteps(session: Session, memory: TensorsByName, config: Captioner['config'], rows: number): Steps {
  const emptyCache = (): Tensor => new Tensor('float32', new Float32Array(0), [rows, config.heads, 0, config.width / config.heads])
  const layers = Array.from({ length: config.decoderLayers }, (_, layer) => [`keys_${layer}`, `values_${layer}`]).flat()
  let cache = Object.fromEntries(layers.map((name) => [`self_${name}`, emptyCache()]))
  let position = 0
  return async (tokens, parents, outputs) => {
    const results: TensorsByName = await session.run(
      {
        ...memory,
        ...cache,
        tokens: new Tensor('int64', BigInt64Array.from(tokens, BigInt), [rows]),
        parents: new Tensor('int64', BigInt64Array.from(parents, BigInt), [rows]),
        position: new Tensor('int64', BigInt64Array.of(BigInt(position)), [1]),
      },
      [...outputs, ...layers.map((name) => `present_${name}`)],
    )
    position++
    cache = Object.fromEntries(layers.map((name) => [`self_${name}`, results[`present_${name}`]]))
    return results
  }
}

function floats(tensor: Tensor): Float32Array {
  if (!(tensor.data instanceof Float32Array)) throw new TypeError(`the step graph gave ${tensor.type} log-probabilities`)
  return tensor.data
}
