/** CLIP's vision transformer as a graph (Dosovitskiy et al. 2021 with a norm before the blocks; Radford et al. 2021, §2.4). */
import { add, gemm, pad, reshape, slice, transpose } from '#engine/graph/operations.ts'
import type { Graph } from '#engine/graph/types.ts'
import type { Value } from '#engine/graph/types.ts'
import { floatValues } from '#engine/files/safetensors.ts'
import { requiredTensor, type ClipCheckpoint, type VitSizes } from './checkpoint.ts'
import { resizePositions } from './position-table.ts'
import { checkpointScope, clipNorm, transformerBlocks } from './transformer-blocks.ts'

export interface VitGrid {
  /** after the last block, as CLIP-ViL and most captioners take them, or after the final layer norm */
  readonly tokens: 'last-block' | 'post-layernorm'
  readonly classToken: 'first' | 'dropped'
}

/** Adds the outputs `grid` [n, tokens, width] and `pooled` [n, embedding] for an input `image` [n, 3, side, side]. */
export function buildVit(graph: Graph, checkpoint: ClipCheckpoint, vision: VitSizes, side: number, grid: VitGrid): void {
  const { width, patch, epsilon } = vision
  const gridSide = side / patch
  const length = gridSide * gridSide + 1
  const scope = checkpointScope(graph, checkpoint)
  const image = graph.input('image', 'float32', ['n', 3, side, side])

  const filters = scope.parameter('visual.conv1.weight')
  const [cells] = graph.add('Conv', [image, filters], { kernel_shape: { ints: [patch, patch] }, strides: { ints: [patch, patch] } })
  const patches = transpose(reshape(cells, ['n', width, gridSide * gridSide]), [0, 2, 1])
  // A row of zeros for the class token, whose embedding is in the table's first row.
  const placed = add(pad(patches, [0, 1, 0], [0, 0, 0]), positionTable(graph, checkpoint, vision, gridSide))

  const rows = clipNorm(scope, 'visual.ln_pre', reshape(placed, ['rows', width]), epsilon)
  const last = transformerBlocks(scope, 'visual.transformer', vision, rows, length)
  const tokens = reshape(grid.tokens === 'last-block' ? last : clipNorm(scope, 'visual.ln_post', last, epsilon), ['n', length, width])
  graph.output('grid', grid.classToken === 'first' ? tokens : slice(tokens, 1, 1, length))

  const classRows = reshape(slice(reshape(last, ['n', length, width]), 1, 0, 1), ['n', width])
  const summary = clipNorm(scope, 'visual.ln_post', classRows, epsilon)
  graph.output('pooled', checkpoint.embedding === undefined ? summary : gemm(summary, scope.parameter('visual.proj.weight'), undefined, { b: true }))
}

/** Positions of the class token and of the grid's cells, [1, 1 + gridSide², width], the class embedding added to the first. */
function positionTable(graph: Graph, { tensors }: ClipCheckpoint, vision: VitSizes, gridSide: number): Value {
  const { width } = vision
  const read = (name: string): Float32Array => floatValues(requiredTensor(tensors, name), name)
  const trained = read('visual.positional_embedding')
  const table = new Float32Array((1 + gridSide * gridSide) * width)
  const classEmbedding = read('visual.class_embedding')
  for (let channel = 0; channel < width; channel++) table[channel] = trained[channel] + classEmbedding[channel]
  table.set(resizePositions(trained.subarray(width), vision.gridSide, gridSide, width), width)
  return graph.constant(table, 'float32', [1, 1 + gridSide * gridSide, width], 'visual.positional_embedding')
}
