/** The masks that a training graph's dropout draws from: pools by (seed, epoch), offsets by (seed, step), so that both can be repeated. */
import type { DropoutPool, TrainingGraph } from '#engine/captioners/captioner.ts'
import { randomAt, uniform } from '#shared/random.ts'

/** Fills a pool: each value 0 with probability `rate`, else 1/(1−rate). */
export function fillDropoutPool(pool: Float32Array, { rate }: DropoutPool, seed: number, epoch: number, poolIndex: number): void {
  const random = randomAt(seed, 'dropoutPool', epoch, poolIndex)
  const kept = 1 / (1 - rate)
  const threshold = rate * 2 ** 32
  for (let i = 0; i < pool.length; i++) pool[i] = random.next() >>> 0 < threshold ? 0 : kept
}

/** Writes a random start in its pool for every dropout site. */
export function fillDropoutOffsets(offsets: BigInt64Array, graph: TrainingGraph, seed: number, step: number): void {
  const random = randomAt(seed, 'dropoutOffsets', step)
  const sizes = new Map(graph.dropoutPools.map(({ rate, size }) => [rate, size]))
  graph.dropoutSites.forEach(({ rate, size }, site) => {
    const starts = (sizes.get(rate) ?? size) - size + 1
    offsets[site] = BigInt(Math.floor(uniform(random) * starts))
  })
}
