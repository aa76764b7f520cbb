/**
 * What a captioner is to the rest of the engine: its configuration, its parameters and its graphs.
 * Training, decoding and model packages are written against these types only; the architectures live in files of their own.
 */
import { z } from 'zod'
import { transformerCaptioner } from './transformer.ts'

export const transformerConfigSchema = z
  .strictObject({
    architecture: z.literal('transformer'),
    encoderLayers: z.int().min(1),
    decoderLayers: z.int().min(1),
    /** Width of every token (the papers' d_model). */
    width: z.int().min(2),
    feedForward: z.int().min(1),
    heads: z.int().min(1),
    /** Width of one visual token as the encoder gives it. */
    featureWidth: z.int().min(1),
    /** V: words in the vocabulary, UNK included. Ids run 0..V: 0 begins, ends and pads, V is UNK. */
    words: z.int().min(1),
    /** The longest caption that the captioner writes or learns from, in words. */
    maximumWords: z.int().min(1),
    dropout: z.number().min(0).lt(1),
    /** Dropout after the visual embedding (0.5 as published). */
    visualDropout: z.number().min(0).lt(1),
    /** 'published': a·(x−mean)/(unbiased standard deviation + 1e-6) + b, which the published checkpoints were trained with. */
    layerNorm: z.enum(['standard', 'published']),
    /** The generator multiplies by the embedding table in place of a matrix of its own. */
    shareEmbedding: z.boolean(),
    /** A layer norm after the visual embedding. */
    visualNorm: z.boolean(),
    /** 0 as published; else the number of visual tokens, each of which gets a learned position vector. */
    visualPositions: z.int().min(0),
  })
  .refine((config) => config.width % config.heads === 0, { error: 'width must be a multiple of heads', path: ['heads'] })

export type TransformerConfig = z.infer<typeof transformerConfigSchema>

/** Every captioner's configuration, told apart by `architecture`. */
export const captionerConfigSchema = z.discriminatedUnion('architecture', [transformerConfigSchema])
export type CaptionerConfig = z.infer<typeof captionerConfigSchema>

/** How a parameter starts: uniform in ±bound, one value, or normal around 0. */
export type Initial =
  | { readonly kind: 'uniform'; readonly bound: number }
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'normal'; readonly deviation: number }

export interface ParameterSpec {
  readonly name: string
  readonly shape: readonly number[]
  readonly initial: Initial
  /** Whether weight decay applies: to matrices, not to biases, norms and position tables. */
  readonly decay: boolean
  readonly part: 'visual' | 'encoder' | 'decoder' | 'generator'
}

/** The static shape that a training or scoring graph is built for. */
export interface TrainingShape {
  readonly images: number
  readonly captionsPerImage: number
  readonly steps: number
  readonly visualTokens: number
}

/** One place where dropout happens: it multiplies `size` values by a slice of the pool of its rate. */
export interface DropoutSite {
  readonly rate: number
  readonly size: number
}

/** One input of pre-scaled masks: `size` values, each 0 (with probability `rate`) or 1/(1−rate). */
export interface DropoutPool {
  readonly input: string
  readonly rate: number
  readonly size: number
}

/**
 * A forward-and-backward graph.
 *
 * Feeds: `features` float32 [images, visualTokens, featureWidth]; `tokens` and `targets` int64 [rows, steps] with
 * rows = images × captionsPerImage, the captions of one image next to each other, `tokens` beginning with 0; `weights` float32 [rows, steps], the weight
 * of each target in the loss (0 on padding); every parameter by its name; when dropout is on, each pool and `dropout_offsets`.
 *
 * Fetches: `loss` float32 [] = Σ weights · smoothed negative log-likelihood; `log_probability` float32 [rows, steps] of the targets;
 * `gradient:NAME` for each trainable parameter, of the parameter's shape.
 *
 * Dropout is chosen by the caller, so that it can be repeated and resumed bit for bit: site i multiplies by
 * pool[offset_i .. offset_i + size_i), where pool is the input of its rate and offset_i = dropout_offsets[i] (int64 [sites], each at
 * least 0 and at most pool size − site size). Fresh offsets at every step are enough; the pool may stay or be drawn anew at times.
 */
export interface TrainingGraph {
  readonly model: Uint8Array
  readonly shape: TrainingShape
  readonly trainable: readonly string[]
  readonly dropoutSites: readonly DropoutSite[]
  readonly dropoutPools: readonly DropoutPool[]
  /** Floating-point operations of one run's matrix products, forward and backward. */
  readonly operations: number
}

export interface TrainingOptions {
  /** Probability taken from the target and shared evenly by the other V words (0 = none). */
  readonly labelSmoothing: number
  readonly dropout: boolean
  /** Which parameters get a gradient. */
  trainable(spec: ParameterSpec): boolean
}

/** Parameter values by name, row-major. */
export type Weights = ReadonlyMap<string, Float32Array>

export interface Captioner {
  readonly config: CaptionerConfig
  readonly parameters: readonly ParameterSpec[]
  trainingGraph(shape: TrainingShape, options: TrainingOptions): TrainingGraph
  /** `features`, `tokens`, `targets` as in training → `log_probability` float32 [rows, steps]; weights are inside. */
  scoringGraph(shape: TrainingShape, weights: Weights): Uint8Array
  /** `features` [n, tokens, featureWidth] → `cross_keys_L`, `cross_values_L` [n, heads, tokens, width/heads] for each decoder layer L. */
  encodeGraph(weights: Weights): Uint8Array
  /**
   * One decoding step. Feeds: `tokens` int64 [rows], the words just chosen (0 at the first step); `position` int64 [1], 0 at the first step; `parents` int64 [rows], the row of
   * the previous step that each row continues; `self_keys_L`, `self_values_L` float32 [previous rows, heads, position, width/heads] (no rows' worth of data at
   * position 0, but the right shape); `cross_keys_L`, `cross_values_L` [n, heads, tokens, width/heads] with rows = n × beams, the beams of one image next to each other.
   * Fetches: `log_probabilities` float32 [rows, V+1]; `present_keys_L`, `present_values_L` [rows, heads, position + 1, width/heads];
   * `attention` float32 [rows, tokens], the head-mean of the last layer's cross-attention.
   */
  stepGraph(weights: Weights): Uint8Array
}

/** The captioner that a configuration describes. */
export function captioner(config: CaptionerConfig): Captioner {
  return transformerCaptioner(config)
}
