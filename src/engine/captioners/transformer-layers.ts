/**
 * The encoder–decoder that the three captioners share, and that their training, scoring and decoding graphs are written with.
 * As published it is pre-norm: each sublayer is x + dropout(f(norm(x))), and each stack ends in a norm.
 */
import { folded } from '../graph/constant-folding.ts'
import type { Graph } from '../graph/types.ts'
import { add, gemm, relu, reshape } from '../graph/operations.ts'
import type { Value } from '../graph/types.ts'
import { splitHeads } from '../nn/attention.ts'
import { scaledEmbedding } from '../nn/embedding.ts'
import { feedForward } from '../nn/feed-forward.ts'
import { layerNorm } from '../nn/layer-norm.ts'
import { linear } from '../nn/linear.ts'
import { fanIn, xavier, type ParameterDeclaration, type Scope } from '../nn/scope.ts'
import { normPlacementOf, type CaptionerConfig, type GeometryAwareConfig } from './captioner-config.ts'
import { encoderAttention } from './encoder-attention.ts'
import { tokenBoxes, type Layout, type VisualTokens } from './visual-tokens.ts'

/** x + dropout(f(norm(x))), or norm(x + dropout(f(x))). */
export function sublayer(scope: Scope, config: CaptionerConfig, name: string, x: Value, f: (rows: Value) => Value): Value {
  const normed = (rows: Value) => layerNorm(scope, `${name}.norm`, rows, config.layerNorm)
  const pre = normPlacementOf(config) === 'pre'
  const sum = add(x, scope.dropout(f(pre ? normed(x) : x), config.dropout))
  return pre ? sum : normed(sum)
}

/** The norm at the end of a stack, which only sums that were never normed need. */
function finalNorm(scope: Scope, config: CaptionerConfig, name: string, x: Value): Value {
  return normPlacementOf(config) === 'pre' ? layerNorm(scope, name, x, config.layerNorm) : x
}

/** Features [groups, length, featureWidth] → rows [rows, width]. */
function visualEmbedding(scope: Scope, config: CaptionerConfig, tokens: VisualTokens): Value {
  const { width, featureWidth, visualNorm, visualPositions, visualDropout } = config
  const { groups, length, rows, sources } = tokens.layout
  const embedded = relu(linear(scope, 'att_embed.0', reshape(tokens.features, [rows, featureWidth]), { outputs: width, weight: byFanIn }))
  const normed = visualNorm ? layerNorm(scope, 'att_embed.norm', embedded, config.layerNorm) : embedded
  const placed = (position: Value) => reshape(add(reshape(normed, [groups, length, width], sources), position), [rows, width])
  if (visualPositions > 0) {
    const positions: ParameterDeclaration = { shape: [visualPositions, width], initial: { kind: 'normal', deviation: 0.02 }, decay: false }
    return scope.dropout(placed(scope.parameter('att_embed.positions', positions)), visualDropout)
  }
  return scope.dropout(embedsBoxes(config) ? placed(boxEmbedding(scope, config, tokens)) : normed, visualDropout)
}

/** How the matrices outside the encoder–decoder start, as published. */
const byFanIn = ([, inputs]: readonly number[]) => fanIn(inputs)

/** A linear embedding of every token's box, [1 or groups, length, width]. */
function boxEmbedding(scope: Scope, config: GeometryAwareConfig, tokens: VisualTokens): Value {
  const { boxes, groups } = tokenBoxes(config, tokens)
  const { length, rows, sources } = tokens.layout
  const flat = reshape(boxes, [groups === 1 ? length : rows, 4])
  return folded(reshape(linear(scope, 'att_embed.boxes', flat, { outputs: config.width, weight: byFanIn }), [groups, length, config.width], sources))
}

/** The memory that the decoder attends to: rows [rows, width]. */
export function encode(scope: Scope, config: CaptionerConfig, tokens: VisualTokens): Value {
  const attention = encoderAttention(scope, config, tokens)
  let x = visualEmbedding(scope, config, tokens)
  for (let layer = 0; layer < config.encoderLayers; layer++) {
    const name = `model.encoder.layers.${layer}`
    x = sublayer(scope, config, `${name}.sublayer.0`, x, (rows) => attention(`${name}.self_attn`, rows))
    x = sublayer(scope, config, `${name}.sublayer.1`, x, (rows) =>
      feedForward(scope, `${name}.feed_forward`, rows, { inner: config.feedForward, dropout: config.dropout }),
    )
  }
  return finalNorm(scope, config, 'model.encoder.norm', x)
}

/** What a decoder layer's cross-attention reads: heads [groups, heads, length, width / heads]. */
export interface CrossMemory {
  readonly keys: Value
  readonly values: Value
}

export function crossMemory(scope: Scope, config: CaptionerConfig, layer: number, memory: Value, layout: Layout): CrossMemory {
  const heads = (index: number) =>
    splitHeads(
      linear(scope, `model.decoder.layers.${layer}.src_attn.linears.${index}`, memory, { outputs: config.width }),
      layout.groups,
      layout.length,
      config.heads,
      layout.sources,
    )
  return { keys: heads(1), values: heads(2) }
}

/** Two ways to attend from the decoder's rows to rows: all steps at once, or one step with a cache. */
export interface DecoderAttention {
  self(name: string, normed: Value, layer: number): Value
  cross(name: string, normed: Value, layer: number): Value
}

/** Embedded rows → rows after the decoder's final norm. */
export function decode(scope: Scope, config: CaptionerConfig, embedded: Value, attention: DecoderAttention): Value {
  let x = scope.dropout(embedded, config.dropout)
  for (let layer = 0; layer < config.decoderLayers; layer++) {
    const name = `model.decoder.layers.${layer}`
    x = sublayer(scope, config, `${name}.sublayer.0`, x, (normed) => attention.self(`${name}.self_attn`, normed, layer))
    x = sublayer(scope, config, `${name}.sublayer.1`, x, (normed) => attention.cross(`${name}.src_attn`, normed, layer))
    x = sublayer(scope, config, `${name}.sublayer.2`, x, (normed) =>
      feedForward(scope, `${name}.feed_forward`, normed, { inner: config.feedForward, dropout: config.dropout }),
    )
  }
  return finalNorm(scope, config, 'model.decoder.norm', x)
}

const embeddingTable = 'model.tgt_embed.0.lut.weight'
const generatorWeight = 'model.generator.proj.weight'
const generatorBias = 'model.generator.proj.bias'

/** See `Captioner.wordTables`. */
export function transformerWordTables({ shareEmbedding }: CaptionerConfig): { all: readonly string[]; bias: string } {
  return { all: [embeddingTable, ...(shareEmbedding ? [] : [generatorWeight]), generatorBias], bias: generatorBias }
}

/** Rows → logits over 0..V. */
export function generate(scope: Scope, config: CaptionerConfig, x: Value): Value {
  const { width, words, shareEmbedding } = config
  const weight = shareEmbedding ? wordTable(scope, config) : scope.parameter(generatorWeight, tableDeclaration(config))
  const bias = scope.parameter(generatorBias, { shape: [words + 1], initial: fanIn(width), decay: false })
  return gemm(x, weight, bias, { b: true })
}

/** Word ids int64 [n] → rows [n, width]. */
export function wordEmbedding(scope: Scope, config: CaptionerConfig, tokens: Value): Value {
  return scaledEmbedding(wordTable(scope, config), tokens)
}

function wordTable(scope: Scope, config: CaptionerConfig): Value {
  return scope.parameter(embeddingTable, tableDeclaration(config))
}

/** A row for every id 0..V. */
function tableDeclaration({ words, width }: CaptionerConfig): ParameterDeclaration {
  const shape = [words + 1, width]
  return { shape, initial: xavier(shape), decay: true }
}

/** Whether each token gets an embedding of its box added. */
function embedsBoxes(config: CaptionerConfig): config is GeometryAwareConfig {
  return config.architecture === 'geometry-aware' && config.absolutePositions === 'boxes'
}

/** A scope whose parameters are found by `find` and that has no dropout. */
export function inferenceScope(find: (name: string) => Value): Scope {
  return { parameter: find, dropout: (x) => x }
}

type Shapes = readonly { readonly name: string; readonly shape: readonly number[] }[]

/** Parameters as constants of a graph, each made once, when first asked for. */
export function constantParameters(graph: Graph, specs: Shapes, weights: ReadonlyMap<string, Float32Array>): (name: string) => Value {
  return madeOnce(specs, ({ name, shape }) => {
    const data = weights.get(name)
    if (data === undefined) throw new Error(`the weights lack '${name}'`)
    return graph.constant(data, 'float32', shape, name)
  })
}

/** Parameters as inputs of a graph, each made once, when first asked for. */
export function fedParameters(graph: Graph, specs: Shapes): (name: string) => Value {
  return madeOnce(specs, ({ name, shape }) => graph.input(name, 'float32', shape))
}

function madeOnce(specs: Shapes, make: (spec: Shapes[number]) => Value): (name: string) => Value {
  const made = new Map<string, Value>()
  const specOf = new Map(specs.map((spec) => [spec.name, spec]))
  return (name) => {
    const known = made.get(name)
    if (known !== undefined) return known
    const spec = specOf.get(name)
    if (spec === undefined) throw new Error(`the captioner has no parameter '${name}'`)
    const value = make(spec)
    made.set(name, value)
    return value
  }
}
