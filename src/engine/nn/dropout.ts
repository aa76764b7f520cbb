/**
 * Dropout by slices of big pools of masks, so that the caller owns all randomness: the same pools and offsets give the same
 * step on every execution provider, and a resumed training goes on bit for bit. See `TrainingGraph` for what is fed.
 */
import type { Graph } from '../graph/graph.ts'
import { multiply, reshape, slice, sliceAt } from '../graph/operations.ts'
import { elementCount, staticShape } from '../graph/shapes.ts'
import type { ElementType, Value } from '../graph/types.ts'

/** A pool is this many times its largest site, and some more, so that offsets have room to differ. */
const poolFactor = 2
const poolExtra = 1 << 16

export interface DropoutUse {
  readonly rate: number
  readonly size: number
}

export interface DropoutInputs {
  /** Multiplies x by the slice of its rate's pool that starts at the site's offset. */
  apply(x: Value, rate: number): Value
  readonly sites: readonly DropoutUse[]
  readonly pools: readonly { readonly input: string; readonly rate: number; readonly size: number }[]
}

/** The inputs for the given sites, which must be applied in the same order. */
export function dropoutInputs(graph: Graph, sites: readonly DropoutUse[], type: ElementType): DropoutInputs {
  const rates = [...new Set(sites.map((site) => site.rate))]
  const pools = rates.map((rate) => {
    const largest = Math.max(...sites.filter((site) => site.rate === rate).map((site) => site.size))
    return { input: `dropout_pool_${rate}`, rate, size: poolFactor * largest + poolExtra }
  })
  const values = new Map(pools.map((pool) => [pool.rate, graph.input(pool.input, type, [pool.size])]))
  const offsets = sites.length === 0 ? undefined : graph.input('dropout_offsets', 'int64', [sites.length])
  let next = 0
  return {
    sites,
    pools,
    apply(x, rate) {
      const index = next++
      const site = sites[index]
      const pool = values.get(rate)
      const size = elementCount(x.shape)
      if (offsets === undefined || pool === undefined || site?.rate !== rate || site.size !== size)
        throw new Error(`dropout site ${index} was announced as ${JSON.stringify(site)}, not as ${rate} of ${size}`)
      return multiply(x, reshape(sliceAt(pool, slice(offsets, 0, index, index + 1), size), staticShape(x)))
    },
  }
}
