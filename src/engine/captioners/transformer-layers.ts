/**
 * The layers of the Transformer captioner, shared by its training, scoring and decoding graphs: a pre-norm encoder–decoder in
 * which each sublayer is x + dropout(f(norm(x))) and each stack ends in a norm.
 */
import type { Graph } from '../graph/graph.ts'
import { add, gemm, relu, reshape } from '../graph/operations.ts'
import type { Dimension, Value } from '../graph/types.ts'
import { attend, joinHeads, splitHeads } from '../nn/attention.ts'
import { feedForward } from '../nn/feed-forward.ts'
import { layerNorm } from '../nn/layer-norm.ts'
import { linear } from '../nn/linear.ts'
import type { Scope } from '../nn/scope.ts'
import type { TransformerConfig } from './captioner.ts'
import { generatorWeight } from './transformer-parameters.ts'

/** How the tokens of a batch lie: `groups` sequences of `length` tokens, `rows` = groups · length. `sources` as in `reshape`. */
export interface Layout {
  readonly groups: Dimension
  readonly length: Dimension
  readonly rows: Dimension
  readonly sources: readonly Value[]
}

export function sublayer(scope: Scope, config: TransformerConfig, name: string, x: Value, f: (normed: Value) => Value): Value {
  return add(x, scope.dropout(f(layerNorm(scope, `${name}.norm`, x, config.layerNorm)), config.dropout))
}

/** Features [groups, length, featureWidth] → rows [rows, width]. */
export function visualEmbedding(scope: Scope, config: TransformerConfig, features: Value, layout: Layout): Value {
  const { width, featureWidth, visualNorm, visualPositions, visualDropout } = config
  const embedded = relu(linear(scope, 'att_embed.0', reshape(features, [layout.rows, featureWidth])))
  const normed = visualNorm ? layerNorm(scope, 'att_embed.norm', embedded, config.layerNorm) : embedded
  if (visualPositions === 0) return scope.dropout(normed, visualDropout)
  const sequences = reshape(normed, [layout.groups, layout.length, width], layout.sources)
  const placed = add(sequences, scope.parameter('att_embed.positions'))
  return scope.dropout(reshape(placed, [layout.rows, width]), visualDropout)
}

/** The memory that the decoder attends to: rows [rows, width]. */
export function encode(scope: Scope, config: TransformerConfig, features: Value, layout: Layout): Value {
  let x = visualEmbedding(scope, config, features, layout)
  for (let layer = 0; layer < config.encoderLayers; layer++) {
    const name = `model.encoder.layers.${layer}`
    x = sublayer(scope, config, `${name}.sublayer.0`, x, (normed) => selfAttention(scope, config, `${name}.self_attn`, normed, layout))
    x = sublayer(scope, config, `${name}.sublayer.1`, x, (normed) => feedForward(scope, `${name}.feed_forward`, normed, config.dropout))
  }
  return layerNorm(scope, 'model.encoder.norm', x, config.layerNorm)
}

/** Multi-head attention of rows to the rows of the same sequence; `bias` is added to the logits. */
export function selfAttention(scope: Scope, config: TransformerConfig, name: string, x: Value, layout: Layout, bias?: Value): Value {
  const heads = (index: number) =>
    splitHeads(linear(scope, `${name}.linears.${index}`, x), layout.groups, layout.length, config.heads, layout.sources)
  const { context } = attend(scope, heads(0), heads(1), heads(2), config.dropout, bias)
  return linear(scope, `${name}.linears.3`, joinHeads(context, layout.rows))
}

/** What a decoder layer's cross-attention reads: heads [groups, heads, length, width / heads]. */
export interface CrossMemory {
  readonly keys: Value
  readonly values: Value
}

export function crossMemory(scope: Scope, config: TransformerConfig, layer: number, memory: Value, layout: Layout): CrossMemory {
  const heads = (index: number) =>
    splitHeads(
      linear(scope, `model.decoder.layers.${layer}.src_attn.linears.${index}`, memory),
      layout.groups,
      layout.length,
      config.heads,
      layout.sources,
    )
  return { keys: heads(1), values: heads(2) }
}

/** Two ways to attend from the decoder's normed rows to rows: all steps at once, or one step with a cache. */
export interface DecoderAttention {
  self(name: string, normed: Value, layer: number): Value
  cross(name: string, normed: Value, layer: number): Value
}

/** Embedded rows → rows after the decoder's final norm. */
export function decode(scope: Scope, config: TransformerConfig, embedded: Value, attention: DecoderAttention): Value {
  let x = scope.dropout(embedded, config.dropout)
  for (let layer = 0; layer < config.decoderLayers; layer++) {
    const name = `model.decoder.layers.${layer}`
    x = sublayer(scope, config, `${name}.sublayer.0`, x, (normed) => attention.self(`${name}.self_attn`, normed, layer))
    x = sublayer(scope, config, `${name}.sublayer.1`, x, (normed) => attention.cross(`${name}.src_attn`, normed, layer))
    x = sublayer(scope, config, `${name}.sublayer.2`, x, (normed) => feedForward(scope, `${name}.feed_forward`, normed, config.dropout))
  }
  return layerNorm(scope, 'model.decoder.norm', x, config.layerNorm)
}

/** Rows → logits over 0..V. */
export function generate(scope: Scope, config: TransformerConfig, x: Value): Value {
  return gemm(x, scope.parameter(generatorWeight(config)), scope.parameter('model.generator.proj.bias'), { b: true })
}

/** A scope whose parameters are found by `find` and that has no dropout. */
export function inferenceScope(find: (name: string) => Value): Scope {
  return { parameter: find, dropout: (x) => x }
}

/** Parameters as constants of a graph, each made once, when first asked for. */
export function constantParameters(
  graph: Graph,
  specs: readonly { readonly name: string; readonly shape: readonly number[] }[],
  weights: ReadonlyMap<string, Float32Array>,
): (name: string) => Value {
  const made = new Map<string, Value>()
  const specOf = new Map(specs.map((spec) => [spec.name, spec]))
  return (name) => {
    const known = made.get(name)
    if (known !== undefined) return known
    const spec = specOf.get(name)
    const data = weights.get(name)
    if (spec === undefined || data === undefined) throw new Error(`the weights lack '${name}'`)
    const value = graph.constant(data, 'float32', spec.shape, name)
    made.set(name, value)
    return value
  }
}
