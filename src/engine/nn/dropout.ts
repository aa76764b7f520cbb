/**
 * Dropout takes its masks from large pools that the caller fills, so that the caller owns all randomness: the same pools and offsets
 * give the same step on every execution provider, and a resumed training continues bit for bit. `TrainingGraph` says what is fed.
 */
import type { Graph } from '../graph/types.ts'
import { multiply, reshape, slice, sliceAt } from '../graph/operations.ts'
import { elementCount, staticShape } from '../graph/shapes.ts'
import type { ElementType, Value } from '../graph/types.ts'
import { pack, type PackedRows } from './packed-rows.ts'

/** A pool is this many times as large as its largest site, plus a margin, so that offsets can differ. */
const poolFactor = 2
const poolExtra = 1 << 16

export interface DropoutUse {
  readonly rate: number
  readonly size: number
}

/** Whether each site's mask is fed by itself, or the whole pools are and the graph slices them. */
export type DropoutMasks = 'fed' | 'sliced'

export interface DropoutInputs {
  /** Multiplies x by the piece of its rate's pool that starts at the site's offset; packed rows by theirs of the padded rows' piece. */
  apply(x: Value, rate: number, packed?: PackedRows): Value
  readonly sites: readonly DropoutUse[]
  readonly pools: readonly { readonly input: string; readonly rate: number; readonly size: number }[]
}

/** The input of a site's mask where masks are fed. */
export function maskInput(site: number): string {
  return `dropout_mask_${site}`
}

/** The inputs for the given sites, which must be applied in the same order. */
export function dropoutInputs(graph: Graph, sites: readonly DropoutUse[], type: ElementType, masks: DropoutMasks): DropoutInputs {
  const rates = [...new Set(sites.map((site) => site.rate))]
  const pools = rates.map((rate) => {
    const largest = Math.max(...sites.filter((site) => site.rate === rate).map((site) => site.size))
    return { input: `dropout_pool_${rate}`, rate, size: poolFactor * largest + poolExtra }
  })
  const maskOf = masks === 'fed' ? (site: number, size: number) => graph.input(maskInput(site), type, [size]) : slicer(graph, sites, pools, type)
  let next = 0
  return {
    sites,
    pools,
    apply(x, rate, packed) {
      const index = next++
      const site: DropoutUse | undefined = sites[index]
      const shape = staticShape(x)
      const padded = packed === undefined ? shape : [packed.paddedRows, ...shape.slice(1)]
      const size = elementCount(padded)
      if (site?.rate !== rate || site.size !== size)
        throw new Error(`dropout site ${index} was announced as ${JSON.stringify(site)}, not as ${rate} of ${size}`)
      return multiply(x, pack(reshape(maskOf(index, size), padded), packed))
    },
  }
}

function slicer(graph: Graph, sites: readonly DropoutUse[], pools: DropoutInputs['pools'], type: ElementType): (site: number, size: number) => Value {
  const values = new Map(pools.map((pool) => [pool.rate, graph.input(pool.input, type, [pool.size])]))
  const offsets = sites.length === 0 ? undefined : graph.input('dropout_offsets', 'int64', [sites.length])
  return (site, size) => {
    const pool = values.get(sites[site].rate)
    if (pool === undefined || offsets === undefined) throw new Error(`there is no pool of masks for dropout site ${site}`)
    return sliceAt(pool, slice(offsets, 0, site, site + 1), size)
  }
}
