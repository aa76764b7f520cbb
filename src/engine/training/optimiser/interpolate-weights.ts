/** Weights between a start and what training made of it. */
import type { Weights } from '#engine/captioners/captioner.ts'

/**
 * start + share · (trained − start), for every parameter. Between a model and its fine-tuned self most of the new is gained before much of the old is
 * lost (Wortsman et al. 2022, "Robust fine-tuning of zero-shot models", §3: weight-space ensembling). `share` 0 is the start, 1 the trained weights.
 */
export function interpolateWeights(start: Weights, trained: Weights, share: number): Weights {
  if (share === 1) return trained
  return new Map(Array.from(trained, ([name, values]) => [name, between(start.get(name), values, share)]))
}

function between(start: Float32Array | undefined, trained: Float32Array, share: number): Float32Array {
  if (start?.length !== trained.length) throw new RangeError('weights of two captioners cannot be interpolated')
  return trained.map((value, index) => start[index] + share * (value - start[index]))
}
