/**
 * Rows without most of their padding. Captions lie padded in rows [captions · steps]; what is done for each token alone is done on a packed choice of them: every
 * row that the loss depends on, and a few more up to a size that a session is kept for. Only attention sees the padded rows again.
 *
 * At least one packed row, the last, is one of padding. The rows left out read it, and as nothing that counts looks at padding its gradient is
 * exactly zero: so packing and unpacking are gathers, forward and backward.
 */
import { declareInverse } from '../graph/inverse-indices.ts'
import { gather } from '../graph/operations.ts'
import type { Graph, Value } from '../graph/types.ts'

export interface PackedRows {
  /** How many padded rows there are. */
  readonly paddedRows: number
  /** int64 [packed rows]: where each lies among the padded ones; none twice. */
  readonly places: Value
  /** int64 [padded rows]: the packed row of each, the last for those left out. */
  readonly rows: Value
}

/** Packed rows whose choice is fed: `places` int64 [packed], `place_rows` int64 [padded]. */
export function packedRowsInput(graph: Graph, packed: number, paddedRows: number): PackedRows {
  const places = graph.input('places', 'int64', [packed])
  const rows = graph.input('place_rows', 'int64', [paddedRows])
  declareInverse(places, rows)
  return { paddedRows, places, rows }
}

/** Padded rows [padded, …] → packed rows [packed, …]; without packing they are the same. */
export function pack(x: Value, packed: PackedRows | undefined): Value {
  return packed === undefined ? x : gather(x, packed.places)
}

/** Packed rows [packed, …] → padded rows [padded, …], whatever in those left out. */
export function unpack(x: Value, packed: PackedRows | undefined): Value {
  return packed === undefined ? x : gather(x, packed.rows)
}
