/**
 * Normalised and geometry-aware attention (Guo et al. 2020, NG-SAN): logits IN(Q)·Kᵀ + φ, with IN an instance norm over the tokens
 * and φ the sum of terms over G_ij = ReLU(FC(f_ij)), f the relative geometry of boxes i and j:
 * content-independent ReLU(w_g·G_ij), query-dependent Q′_i·G_ij, key-dependent K′_j·G_ij.
 */
import { folded } from '../graph/constant-folding.ts'
import { add, gemm, matMul, multiply, reduceSum, relu, reshape, squeeze, transpose } from '../graph/operations.ts'
import type { Value } from '../graph/types.ts'
import { instanceNorm } from '../nn/instance-norm.ts'
import { linear } from '../nn/linear.ts'
import { xavier, type Scope } from '../nn/scope.ts'
import { assertNever } from '#shared/errors.ts'
import { relativeGeometry } from './box-geometry.ts'
import type { GeometryAwareConfig, GeometryTerm } from './captioner-config.ts'
import { tokenBoxes, type Layout, type VisualTokens } from './visual-tokens.ts'

export interface GeometryAttention {
  /** The bias of the attention `name` over its normed input, [groups or 1, heads, length, length]; none without a term. */
  biasOf(name: string, normed: Value): Value | undefined
  /** The projected queries [rows, width] of the attention `name`, normalised. */
  normalizeQueries(name: string, rows: Value): Value
}

export function geometryAttention(scope: Scope, config: GeometryAwareConfig, tokens: VisualTokens): GeometryAttention {
  const vectorsOf = config.geometry.length === 0 ? undefined : geometryVectors(scope, config, tokens)
  const { layout } = tokens
  const scale = config.geometryScale === 'with-content' ? 1 / Math.sqrt(config.width / config.heads) : 1
  return {
    biasOf(name, normed) {
      if (vectorsOf === undefined) return undefined
      const vectors = vectorsOf(name)
      const terms = config.geometry.map((term) => geometryTerm(scope, config, layout, { term, name, normed, vectors }))
      return terms.map((term) => folded(multiply(term, scale))).reduce((sum, term) => add(sum, term))
    },
    normalizeQueries(name, rows) {
      if (config.queryNorm === 'none') return rows
      const { groups, length, rows: count, sources } = layout
      const affine = config.queryNorm === 'instance-affine' ? `${name}.query_norm` : undefined
      const sequences = reshape(rows, [groups, length, config.width], sources)
      return reshape(instanceNorm(scope, sequences, { mask: tokens.mask, epsilon: config.queryNormEpsilon, affine }), [count, config.width])
    },
  }
}

/** How many different geometry vectors a pair has: one for every head, or one for all. */
function geometryHeads({ geometrySharing, heads }: Pick<GeometryAwareConfig, 'geometrySharing' | 'heads'>): number {
  return geometrySharing === 'none' ? heads : 1
}

/** The layer that G of the attention `name` comes from. */
function geometryLayer({ geometrySharing }: Pick<GeometryAwareConfig, 'geometrySharing'>, name: string): string {
  return geometrySharing === 'heads-and-layers' ? 'model.encoder.geometry' : `${name}.geometry`
}

/** Gives G of the attention `name`: [groups or 1, length (i), length (j), 1 or heads, geometryWidth]. */
function geometryVectors(scope: Scope, config: GeometryAwareConfig, tokens: VisualTokens): (name: string) => Value {
  const made = new Map<string, Value>()
  const { boxes, groups, pairs } = tokenBoxes(config, tokens)
  const { length, sources } = tokens.layout
  const relations = folded(reshape(relativeGeometry(boxes, 0), [pairs, 4]))
  return (name) => {
    const layer = geometryLayer(config, name)
    const known = made.get(layer)
    if (known !== undefined) return known
    const perPair = relu(linear(scope, layer, relations, { outputs: geometryHeads(config) * config.geometryWidth }))
    const vectors = folded(reshape(perPair, [groups, length, length, geometryHeads(config), config.geometryWidth], sources))
    made.set(layer, vectors)
    return vectors
  }
}

interface TermInputs {
  readonly term: GeometryTerm
  readonly name: string
  readonly normed: Value
  /** G, as `geometryVectors` gives it. */
  readonly vectors: Value
}

/** φ of one term: [groups or 1, heads, length (i), length (j)]. */
function geometryTerm(scope: Scope, config: GeometryAwareConfig, layout: Layout, { term, name, normed, vectors }: TermInputs): Value {
  const perHead = [config.heads, config.geometryWidth]
  const projected = { outputs: config.heads * config.geometryWidth }
  switch (term) {
    case 'content-independent': {
      const weight = scope.parameter(`${name}.geometry_weight`, { shape: perHead, initial: xavier(perHead), decay: true })
      return contentIndependent(weight, vectors, config, layout)
    }
    case 'query-dependent': {
      const products = pairProducts(linear(scope, `${name}.geometry_query`, normed, projected), transpose(vectors, [0, 1, 3, 4, 2]), config, layout)
      return transpose(products, [0, 2, 1, 3])
    }
    case 'key-dependent': {
      const products = pairProducts(linear(scope, `${name}.geometry_key`, normed, projected), transpose(vectors, [0, 2, 3, 4, 1]), config, layout)
      return transpose(products, [0, 2, 3, 1])
    }
    default:
      return assertNever(term)
  }
}

/** ReLU(w·G) with w [heads, geometryWidth]. */
function contentIndependent(weight: Value, vectors: Value, config: GeometryAwareConfig, { length, sources }: Layout): Value {
  const [groups] = vectors.shape
  const products = () => {
    if (config.geometrySharing === 'none') return reduceSum(multiply(vectors, weight), [4])
    const pairs = typeof groups === 'number' && typeof length === 'number' ? groups * length * length : 'pairs'
    const perPair = gemm(reshape(vectors, [pairs, config.geometryWidth]), weight, undefined, { b: true })
    return reshape(perPair, [groups, length, length, config.heads], sources)
  }
  return transpose(relu(products()), [0, 3, 1, 2])
}

/**
 * The dot products of every token's rows [rows, heads · geometryWidth] with the vectors of its pairs
 * [groups or 1, length, 1 or heads, geometryWidth, length] → [groups, length, heads, length (the other token)].
 * Where all images share the vectors they lie behind each other in one product, so that nothing is repeated.
 */
function pairProducts(rows: Value, vectors: Value, config: GeometryAwareConfig, { groups, length, sources }: Layout): Value {
  const { heads, geometryWidth } = config
  const own = geometryHeads(config)
  const sharing = heads / own
  const perHead = reshape(rows, [groups, length, own, sharing, geometryWidth], sources)
  const joined = (products: Value) => reshape(products, [groups, length, heads, length], sources)
  if (vectors.shape[0] !== 1) return joined(matMul(perHead, vectors))
  const together = typeof groups === 'number' ? groups * sharing : `${groups} * ${sharing}`
  const queries = reshape(transpose(perHead, [1, 2, 0, 3, 4]), [length, own, together, geometryWidth])
  const products = reshape(matMul(queries, squeeze(vectors, [0])), [length, own, groups, sharing, length], sources)
  return joined(transpose(products, [2, 0, 1, 3, 4]))
}
