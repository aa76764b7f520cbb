/** The forward pass over whole captions, as training, scoring and teaching have it. Tracing it lists the captioner's parameters and dropout sites. */
import { add, gather, reshape } from '../graph/operations.ts'
import type { Graph, Value } from '../graph/types.ts'
import { attend, causalMask, joinHeads, splitHeads } from '../nn/attention.ts'
import { sinusoidPositions } from '../nn/embedding.ts'
import { linear } from '../nn/linear.ts'
import { pack, packedRowsInput, unpack, type PackedRows } from '../nn/packed-rows.ts'
import type { Scope } from '../nn/scope.ts'
import type { CaptionerConfig } from './captioner-config.ts'
import type { TrainingShape } from './captioner.ts'
import { selfAttention } from './self-attention.ts'
import { crossMemory, decode, encode, generate, wordEmbedding } from './transformer-layers.ts'
import { maskBias, visualTokens, type FloatType, type VisualTokens } from './visual-tokens.ts'

export interface CaptionInputs {
  readonly visual: VisualTokens
  /** int64 [rows · steps], or packed */
  readonly tokens: Value
  /** Absent: every place is computed. */
  readonly packed: PackedRows | undefined
}

export function captionInputs(graph: Graph, config: CaptionerConfig, shape: TrainingShape, type: FloatType): CaptionInputs {
  const { images, captionsPerImage, steps, packedPlaces } = shape
  const packed = packedPlaces === undefined ? undefined : packedRowsInput(graph, packedPlaces, images * captionsPerImage * steps)
  return { visual: visualTokens(graph, config, type, shape), tokens: pack(wordInput(graph, 'tokens', shape), packed), packed }
}

/** int64 [rows · steps] */
export function wordInput(graph: Graph, name: 'tokens' | 'targets', { images, captionsPerImage, steps }: TrainingShape): Value {
  const rows = images * captionsPerImage
  return reshape(graph.input(name, 'int64', [rows, steps]), [rows * steps])
}

export function floatConstant(graph: Graph, data: Float32Array, type: FloatType, shape: readonly number[]): Value {
  return graph.constant(type === 'float64' ? Float64Array.from(data) : data, type, shape)
}

/**
 * Teacher-forced logits [rows · steps (or packed), V + 1]. The mask is causal only: what follows a caption's end has no weight in the loss
 * and is not seen by what precedes it.
 */
export function captionLogits(scope: Scope, config: CaptionerConfig, shape: TrainingShape, { visual, tokens, packed }: CaptionInputs): Value {
  const { images, captionsPerImage, steps } = shape
  const { graph } = visual.features
  const type: FloatType = visual.features.type === 'float64' ? 'float64' : 'float32'
  const rows = images * captionsPerImage
  const captions = { groups: rows, length: steps, rows: rows * steps, sources: [] }

  const memory = encode(scope, config, visual)
  const memoryMask = visual.mask && maskBias(visual.mask)
  const positions = floatConstant(graph, sinusoidPositions(steps, config.width), type, [steps, config.width])
  const words = wordEmbedding(scope, config, tokens)
  const embedded =
    packed === undefined
      ? reshape(add(reshape(words, [rows, steps, config.width]), positions), [rows * steps, config.width])
      : add(words, gather(positions, pack(stepsOfPlaces(graph, rows, steps), packed)))
  const mask = floatConstant(graph, causalMask(steps), type, [steps, steps])
  // What is done for each token alone meets packed rows; the attentions' probabilities lie padded.
  const tokenwise: Scope = { ...scope, dropout: (x, rate) => scope.dropout(x, rate, packed) }
  const decoded = decode(tokenwise, config, embedded, {
    self: (name, normed) => selfAttention(scope, config, name, normed, captions, { bias: mask, packed }),
    cross(name, normed, layer) {
      const projected = linear(scope, `${name}.linears.0`, normed, { outputs: config.width })
      const queries = splitHeads(unpack(projected, packed), images, captionsPerImage * steps, config.heads)
      const { keys, values } = crossMemory(scope, config, layer, memory, visual.layout)
      const { context } = attend(scope, queries, keys, values, config.dropout, memoryMask)
      return linear(scope, `${name}.linears.3`, pack(joinHeads(context, rows * steps), packed), { outputs: config.width })
    },
  })
  return generate(scope, config, decoded)
}

/** The step of every place, int64 [rows · steps]. */
function stepsOfPlaces(graph: Graph, rows: number, steps: number): Value {
  return graph.integers(Array.from({ length: rows * steps }, (_, place) => place % steps))
}
