/** CLIP's text tower as a graph. */
import { add, gather, gemm, reshape } from '#engine/graph/operations.ts'
import type { Graph } from '#engine/graph/types.ts'
import { causalMask } from '#engine/nn/attention.ts'
import type { ClipCheckpoint, TextSizes } from './checkpoint.ts'
import { checkpointScope, clipNorm, transformerBlocks } from './transformer-blocks.ts'

/**
 * Adds the output `embeddings` [n, embedding] for `ids` int64 [n, context] and `ends` int64 [n], the end token's row among all n · context rows.
 * A causal mask keeps what stands behind the end token without effect.
 */
export function buildTextTower(graph: Graph, checkpoint: ClipCheckpoint, text: TextSizes): void {
  const { width, context, epsilon } = text
  const scope = checkpointScope(graph, checkpoint)
  const ids = graph.input('ids', 'int64', ['n', context])
  const ends = graph.input('ends', 'int64', ['n'])
  const placed = add(gather(scope.parameter('token_embedding.weight'), ids), scope.parameter('positional_embedding'))
  const mask = graph.constant(causalMask(context), 'float32', [context, context], 'causal_mask')
  const rows = transformerBlocks(scope, 'transformer', text, reshape(placed, ['rows', width]), context, mask)
  const last = clipNorm(scope, 'ln_final', gather(rows, ends), epsilon)
  graph.output('embeddings', gemm(last, scope.parameter('text_projection.weight'), undefined, { b: true }))
}

/** Where each text ends: rows among those of all texts. `ids` [n, context]. */
export function endRows(ids: BigInt64Array, { context, endToken }: Pick<TextSizes, 'context' | 'endToken'>): BigInt64Array {
  return BigInt64Array.from({ length: ids.length / context }, (_, text) => {
    const tokens = ids.subarray(text * context, (text + 1) * context)
    const known = endToken === undefined ? -1 : tokens.indexOf(BigInt(endToken))
    const largest = tokens.reduce((best, id, position) => (id > tokens[best] ? position : best), 0)
    return BigInt(text * context + (known >= 0 ? known : largest))
  })
}
