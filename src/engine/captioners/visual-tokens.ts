/** What a captioner's graphs read of images: features, and where tokens are regions, their mask and boxes. */
import type { Graph } from '../graph/types.ts'
import { multiply, subtract, unsqueeze } from '../graph/operations.ts'
import type { Dimension, ElementType, Value } from '../graph/types.ts'
import { masked } from '../nn/attention.ts'
import { cellBoxes } from './box-geometry.ts'
import { fixedVisualTokens, visualInputsOf, type Boxes, type CaptionerConfig } from './captioner-config.ts'

export type FloatType = Extract<ElementType, 'float32' | 'float64'>

/** How the tokens of a batch lie: `groups` sequences of `length` tokens, `rows` = groups · length. `sources` as in `reshape`. */
export interface Layout {
  readonly groups: Dimension
  readonly length: Dimension
  readonly rows: Dimension
  readonly sources: readonly Value[]
}

export interface VisualTokens {
  /** [groups, length, featureWidth] */
  readonly features: Value
  /** [groups, length]: 1 for a token, 0 for padding. */
  readonly mask: Value | undefined
  /** [groups, length, 4] */
  readonly boxes: Value | undefined
  readonly layout: Layout
}

/** The visual inputs of a graph for a batch whose size is known, or not known (`'any'`). */
export function visualTokens(
  graph: Graph,
  config: CaptionerConfig,
  type: FloatType,
  batch: { readonly images: number; readonly visualTokens: number } | 'any',
): VisualTokens {
  const fixed = fixedVisualTokens(config)
  if (batch !== 'any' && fixed !== undefined && fixed !== batch.visualTokens)
    throw new Error(`the captioner has positions for ${fixed} visual tokens, not for ${batch.visualTokens}`)
  const groups = batch === 'any' ? 'n' : batch.images
  const length = batch === 'any' ? (fixed ?? 'tokens') : batch.visualTokens
  const features = graph.input('features', type, [groups, length, config.featureWidth])
  const inputs = visualInputsOf(config)
  return {
    features,
    mask: inputs.includes('visual_mask') ? graph.input('visual_mask', type, [groups, length]) : undefined,
    boxes: inputs.includes('boxes') ? graph.input('boxes', type, [groups, length, 4]) : undefined,
    layout:
      batch === 'any' ? { groups, length, rows: 'n * tokens', sources: [features] } : { groups, length, rows: batch.images * batch.visualTokens, sources: [] },
  }
}

/** The boxes of every token, or of the grid that all images share, with the number of pairs of tokens in them. */
export interface TokenBoxes {
  /** [1 or groups, length, 4] */
  readonly boxes: Value
  readonly groups: Dimension
  readonly pairs: Dimension
}

export function tokenBoxes(config: { readonly boxes: Boxes }, { features, boxes, layout }: VisualTokens): TokenBoxes {
  if (config.boxes.kind === 'cells') {
    const cells = cellBoxes(config.boxes)
    const tokens = cells.length / 4
    return { boxes: constantLike(features, cells, [1, tokens, 4]), groups: 1, pairs: tokens * tokens }
  }
  if (boxes === undefined) throw new Error('the captioner needs the boxes of regions')
  const { groups, length } = layout
  const pairs = typeof groups === 'number' && typeof length === 'number' ? groups * length * length : 'n * tokens * tokens'
  return { boxes, groups, pairs }
}

/** Numbers as a constant of a value's graph and type. */
function constantLike(like: Value, data: Float64Array, shape: readonly number[]): Value {
  return like.graph.constant(like.type === 'float64' ? data : Float32Array.from(data), like.type, shape)
}

/** A mask [groups, length] as a bias of logits [groups, heads, queries, length]. */
export function maskBias(mask: Value): Value {
  return unsqueeze(multiply(subtract(mask, 1), -masked), [1, 2])
}
