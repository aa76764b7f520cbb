import { add } from '../graph/operations.ts'
import type { Value } from '../graph/types.ts'
import { attend, joinHeads, splitHeads } from '../nn/attention.ts'
import { linear } from '../nn/linear.ts'
import { pack, unpack, type PackedRows } from '../nn/packed-rows.ts'
import type { Scope } from '../nn/scope.ts'
import type { CaptionerConfig } from './captioner-config.ts'
import type { Layout } from './visual-tokens.ts'

export interface SelfAttentionOptions {
  /** Added to the logits [groups, heads, length, length]. */
  readonly bias?: Value | undefined
  /** Applied to the projected queries [rows, width]. */
  readonly queries?: (rows: Value) => Value
  /** 'published': the input is added to the joined heads, before the output layer. */
  readonly skip?: 'none' | 'published'
  /** How the rows are packed, where the sequences' padding is left out of them. */
  readonly packed?: PackedRows | undefined
}

/** Multi-head attention of rows [rows, width] to the rows of their sequence; the layers are `NAME.linears.0` to `.3` (Q, K, V, output). */
export function selfAttention(
  scope: Scope,
  config: CaptionerConfig,
  name: string,
  x: Value,
  layout: Layout,
  { bias, queries = (rows) => rows, skip = 'none', packed }: SelfAttentionOptions = {},
): Value {
  const heads = (rows: Value) => splitHeads(unpack(rows, packed), layout.groups, layout.length, config.heads, layout.sources)
  const projected = (index: number, rows: Value) => linear(scope, `${name}.linears.${index}`, rows, { outputs: config.width })
  const [projectedQueries, keys, values] = [0, 1, 2].map((index) => projected(index, x))
  const { context } = attend(scope, heads(queries(projectedQueries)), heads(keys), heads(values), config.dropout, bias)
  const joined = pack(joinHeads(context, layout.rows), packed)
  return projected(3, skip === 'published' ? add(x, joined) : joined)
}
