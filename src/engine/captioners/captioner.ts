/**
 * What a captioner is to the rest of the engine: its configuration, its parameters and its graphs.
 * Training, decoding and model packages are written against these types only; the architectures live in files of their own.
 */
import type { DropoutMasks } from '../nn/dropout.ts'
import type { ParameterDeclaration } from '../nn/scope.ts'
import type { CaptionerConfig, VisualInput } from './captioner-config.ts'

export { captionerConfigSchema, geometryAwareConfigSchema, objectRelationConfigSchema, transformerConfigSchema } from './captioner-config.ts'
export type { CaptionerConfig, GeometryAwareConfig, ObjectRelationConfig, TransformerConfig, VisualInput } from './captioner-config.ts'

export interface ParameterSpec extends ParameterDeclaration {
  readonly name: string
  readonly part: 'visual' | 'encoder' | 'decoder' | 'generator'
}

/** The static shape that a training or scoring graph is built for. */
export interface TrainingShape {
  readonly images: number
  readonly captionsPerImage: number
  readonly steps: number
  readonly visualTokens: number
  /**
   * How many of the rows × steps places are computed (see `packed-rows.ts`); absent: all. What is left out, and the last of those computed, must be
   * places that no target with a weight depends on.
   */
  readonly packedPlaces?: number
}

/** One place where dropout happens: it multiplies `size` values by a piece of the pool of its rate. */
export interface DropoutSite {
  readonly rate: number
  readonly size: number
}

/** No dropout, or how its masks come into the graph: see `TrainingGraph`. */
export type DropoutMode = 'none' | DropoutMasks

/** Pre-scaled masks of one rate, an input where the graph slices: `size` values, each 0 (with probability `rate`) or 1/(1−rate). */
export interface DropoutPool {
  readonly input: string
  readonly rate: number
  readonly size: number
}

/**
 * A forward-and-backward graph.
 *
 * Feeds: `features` float32 [images, visualTokens, featureWidth], and where they are among the captioner's `visualInputs`,
 * `visual_mask` float32 [images, visualTokens] (1 for a token, 0 for padding) and `boxes` float32 [images, visualTokens, 4]
 * (x0, y0, x1, y1 in 0–1); `tokens` and `targets` int64 [rows, steps] with rows = images × captionsPerImage, the captions of one
 * image next to each other, `tokens` beginning with 0; `weights` float32 [rows, steps], the weight of each target in the loss
 * (0 on padding); where `packedPlaces` says that not all are computed, `places` int64 [packedPlaces] and `place_rows` int64 [rows · steps]
 * (`data/packing.ts` of training makes them); every parameter by its name; the dropout's masks (below); with a teacher,
 * `teacher_log_probabilities` float32 [rows, steps, V+1] and `teacher_weights` float32 [rows, steps].
 *
 * Fetches: `loss` float32 [] = Σ weights · smoothed negative log-likelihood (+ Σ teacher_weights · KL(teacher ‖ captioner));
 * `log_probability` float32 [rows, steps] of the targets, or [packedPlaces];
 * `gradient:NAME` for each trainable parameter, of the parameter's shape.
 *
 * Dropout is chosen by the caller, so that it can be repeated and resumed bit for bit: site i multiplies by
 * pool[offset_i .. offset_i + size_i), where pool is that of its rate and offset_i at least 0 and at most pool size − site size. Fresh
 * offsets at every step are enough; the pool may stay or be drawn anew at times. 'fed': that piece is the input `dropout_mask_i`
 * float32 [size_i], a view that costs nothing in the machine's own memory. 'sliced': pools and `dropout_offsets` int64 [sites] are
 * inputs and the graph copies the pieces, so that less has to travel to another device.
 */
export interface TrainingGraph {
  readonly model: Uint8Array
  readonly shape: TrainingShape
  readonly trainable: readonly string[]
  readonly dropout: DropoutMode
  readonly dropoutSites: readonly DropoutSite[]
  readonly dropoutPools: readonly DropoutPool[]
  /** V + 1 where a teacher is fed, else 0. */
  readonly teacherOutputs: number
  /** Floating-point operations of one run's matrix products, forward and backward. */
  readonly operations: number
}

export interface TrainingOptions {
  /** Probability taken from the target and shared evenly by the other V words (0 = none). */
  readonly labelSmoothing: number
  readonly dropout: DropoutMode
  /** Whether a teacher's distributions are fed, whose divergence is part of the loss. */
  readonly teacher?: boolean
  /** Takes UNK out of the distribution: for captions that were written without it (self-critical training). */
  readonly suppressUnknown?: boolean
  /** Which parameters get a gradient. */
  trainable(spec: ParameterSpec): boolean
}

/** Parameter values by name, row-major. */
export type Weights = ReadonlyMap<string, Float32Array>

/**
 * What a step graph gives of the next word's distribution: all of it (and where the captioner looked), the best words of each row, or one drawn
 * word for each row.
 */
export type StepResult = 'all' | 'best' | 'drawn'

/**
 * How a step sees the words before: `handed-on`, all their keys and values go from each step to the next, in whatever order rows go on (what other programs expect of
 * a decoder); `kept`, each step gives its own rows alone, and sees those before it where they were written.
 */
export type StepPast = 'handed-on' | 'kept'

export interface StepOptions {
  /** Default: `all`. */
  readonly result?: StepResult
  /** Default: `handed-on`. */
  readonly past?: StepPast
}

/** What each row of a step leaves for the steps after it, where the past is kept. */
export interface KeptRows {
  /** float32 [rows written so far · parts, width / parts] */
  readonly feed: string
  /** float32 [rows, width] */
  readonly fetch: string
  readonly width: number
  readonly parts: number
}

/** What one decoding step hands to the next: the value that it fetches is the next one's feed. */
export interface StepCache {
  readonly feed: string
  readonly fetch: string
  /** Its shape for `rows` rows after `position` steps; after none it is empty, but has a shape. */
  shape(rows: number, position: number): number[]
}

export interface Captioner {
  readonly config: CaptionerConfig
  readonly parameters: readonly ParameterSpec[]
  /** The tables among its parameters that have a row for every id 0..V, and the one of them that is the bias of the logits. */
  readonly wordTables: { readonly all: readonly string[]; readonly bias: string }
  /** What its graphs read of an image beside `features`. */
  readonly visualInputs: readonly VisualInput[]
  trainingGraph(shape: TrainingShape, options: TrainingOptions): TrainingGraph
  /** Visual inputs, `tokens` and `targets` as in training → `log_probability` float32 [rows, steps]. Weights are inside; with 'fed', inputs of their names. */
  scoringGraph(shape: TrainingShape, weights: Weights | 'fed'): Uint8Array
  /** Visual inputs and `tokens` as in training → `log_probabilities` float32 [rows, steps, V+1] of every word; weights are inside. */
  teachingGraph(shape: TrainingShape, weights: Weights): Uint8Array
  /**
   * Visual inputs [n, tokens, …] → `cross_keys_L`, `cross_values_L` [n, heads, tokens, width/heads] for each decoder layer L.
   * Weights are inside, and what follows from them alone is folded; with 'fed', parameters are inputs of their names, here and below.
   */
  encodeGraph(weights: Weights | 'fed'): Uint8Array
  /**
   * One decoding step. Feeds: `tokens` int64 [rows], the words just chosen (0 at the first step); `position` int64 [1], 0 at the
   * first step; `cross_keys_L`, `cross_values_L` [n, heads, tokens, width/heads] with rows = n × beams, the beams of one image next to each
   * other; `visual_mask` [n, tokens] where it is among the `visualInputs`; and by `past`
   * - 'handed-on': `parents` int64 [rows], the row of the previous step that each row continues; `self_keys_L`, `self_values_L`
   *   float32 [previous rows, heads, position, width/heads] (no rows' worth of data at position 0, but the right shape);
   * - 'kept': the `keptRows`, and `past_rows` int32 [rows, position], which of the rows written before each row continues, first word first; at position 0
   *   [rows, 1], of any rows that are there: nothing attends to them.
   * Fetches: by `past` `present_keys_L`, `present_values_L` [rows, heads, position + 1, width/heads] or the `keptRows`, and by `result`
   * - 'all': `log_probabilities` float32 [rows, V+1]; `attention` float32 [rows, tokens], the head-mean of the last layer's cross-attention;
   * - 'best', fed with `count` int64 [1]: `best_ids` int64 and `best_log_probabilities` float32 [rows, count], best first, of equal ones the lower id;
   * - 'drawn', fed with `shares` float64 [rows, 1], `temperature` float64 [1] and `last` int64 [1], the last id that may be drawn: `drawn_ids` int64
   *   and `drawn_log_probabilities` float32 [rows], of the first id at which the cumulated probability (at that temperature, of ids 0..last) passes
   *   the row's share of the whole.
   */
  stepGraph(weights: Weights | 'fed', options?: StepOptions): Uint8Array
  /** The caches among the feeds and fetches of a step graph whose past is handed on. */
  readonly caches: readonly StepCache[]
  /** The same where it is kept. */
  readonly keptRows: readonly KeptRows[]
}
