/**
 * Box attention of the Object Relation Transformer (Herdade et al. 2019): each head's logits get log max(g, 1e-6) added, where
 * g = ReLU(w·E + b) of the embedded relation E of the two boxes. So A ∝ g·exp(Q·Kᵀ/√dk), and a pair whose g is dead keeps a trace.
 */
import { folded } from '../graph/constant-folding.ts'
import { concat, gemm, logarithm, maximum, relu, reshape, transpose } from '../graph/operations.ts'
import type { Value } from '../graph/types.ts'
import { linearParameters } from '../nn/linear.ts'
import type { Scope } from '../nn/scope.ts'
import { relativeGeometry, trigonometricEmbedding, trigonometricWidth } from './box-geometry.ts'
import type { ObjectRelationConfig } from './captioner-config.ts'
import { tokenBoxes, type VisualTokens } from './visual-tokens.ts'

/** The published code adds 1 to the sides of boxes although they are in 0–1. */
const sideOffset = 1
const weightFloor = 1e-6

/** Width of the embedded relation of two boxes. */
function relationWidth({ boxEmbedding }: Pick<ObjectRelationConfig, 'boxEmbedding'>): number {
  return boxEmbedding === 'trigonometric' ? trigonometricWidth : 4
}

/** Gives the bias [groups or 1, heads, length, length] of the attention `name`. The relations are written once, for all layers. */
export function boxAttention(scope: Scope, config: ObjectRelationConfig, tokens: VisualTokens): (name: string) => Value {
  const { boxes, groups, pairs } = tokenBoxes(config, tokens)
  const { length, sources } = tokens.layout
  const geometry = reshape(relativeGeometry(boxes, sideOffset), [pairs, 4])
  const relations = folded(config.boxEmbedding === 'trigonometric' ? trigonometricEmbedding(geometry, pairs) : geometry)
  return (name) => {
    const heads = Array.from({ length: config.heads }, (_, head) =>
      linearParameters(scope, `${name}.WGs.${head}`, { inputs: relationWidth(config), outputs: 1 }),
    )
    const ofHeads = (part: 'weight' | 'bias') =>
      concat(
        heads.map((head) => head[part]),
        0,
      )
    const weights = relu(gemm(relations, ofHeads('weight'), ofHeads('bias'), { b: true }))
    const bias = reshape(logarithm(maximum(weights, weightFloor)), [groups, length, length, config.heads], sources)
    return folded(transpose(bias, [0, 3, 1, 2]))
  }
}
