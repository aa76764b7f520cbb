/**
 * AdamW (Loshchilov & Hutter 2019) as functions over plain arrays. One pass reads the gradient and updates both moments, the value and, if
 * asked, the moving average of the value: the arrays are far larger than the caches, so what costs is reading them.
 */
import type { Clipping } from './recipe.ts'

/** A run of consecutive values that share a decay: most parameters are one such segment. */
export interface Segment {
  readonly start: number
  readonly length: number
  /** Decoupled weight decay, to be multiplied by the learning rate. */
  readonly decay: number
}

/** Values, gradients, moments and moving average, all of one length; `average` is empty when there is none. */
export interface OptimizerArrays {
  readonly values: Float32Array
  readonly gradients: Float32Array
  readonly firstMoments: Float32Array
  readonly secondMoments: Float32Array
  readonly average: Float32Array
}

/** The numbers of one update. */
export interface UpdateSetting {
  learningRate: number
  beta1: number
  beta2: number
  epsilon: number
  /** 1 − beta1^step and 1 − beta2^step. */
  bias1: number
  bias2: number
  /** Multiplies every gradient (norm clipping). */
  gradientScale: number
  /** Cuts every scaled gradient to ± this (value clipping); Infinity = not at all. */
  gradientLimit: number
  /** How much of the moving average stays. */
  averageDecay: number
}

/** Σ of squares of gradients[start, end). */
export function sumOfSquares(gradients: Float32Array, start: number, end: number): number {
  // Four sums at a time: one alone would wait for its own addition.
  let sum0 = 0
  let sum1 = 0
  let sum2 = 0
  let sum3 = 0
  let i = start
  for (; i + 4 <= end; i += 4) {
    sum0 += gradients[i] * gradients[i]
    sum1 += gradients[i + 1] * gradients[i + 1]
    sum2 += gradients[i + 2] * gradients[i + 2]
    sum3 += gradients[i + 3] * gradients[i + 3]
  }
  for (; i < end; i++) sum0 += gradients[i] * gradients[i]
  return sum0 + sum1 + (sum2 + sum3)
}

/** Updates values[start, end) and everything that goes with them. */
export function updateRange(arrays: OptimizerArrays, setting: UpdateSetting, decay: number, start: number, end: number): void {
  const { values, gradients, firstMoments, secondMoments, average } = arrays
  const { beta1, beta2, epsilon, gradientScale, gradientLimit } = setting
  const keep = 1 - setting.learningRate * decay
  const stepSize = setting.learningRate / setting.bias1
  const secondScale = 1 / setting.bias2
  const averageShare = average.length === 0 ? 0 : 1 - setting.averageDecay
  for (let i = start; i < end; i++) {
    let gradient = gradients[i] * gradientScale
    if (gradient > gradientLimit) gradient = gradientLimit
    else if (gradient < -gradientLimit) gradient = -gradientLimit
    const first = beta1 * firstMoments[i] + (1 - beta1) * gradient
    const second = beta2 * secondMoments[i] + (1 - beta2) * gradient * gradient
    firstMoments[i] = first
    secondMoments[i] = second
    const value = values[i] * keep - (stepSize * first) / (Math.sqrt(second * secondScale) + epsilon)
    values[i] = value
    if (averageShare !== 0) average[i] += (value - average[i]) * averageShare
  }
}

/** Updates the part of every segment that lies in [start, end). */
export function updateSegments(
  arrays: OptimizerArrays,
  segments: readonly Segment[],
  setting: UpdateSetting,
  start: number,
  end: number,
): void {
  for (const segment of segments) {
    const from = Math.max(start, segment.start)
    const to = Math.min(end, segment.start + segment.length)
    if (from < to) updateRange(arrays, setting, segment.decay, from, to)
  }
}

/** What clipping does to gradients whose Euclidean norm is `norm`. */
export function clippingFactors(clipping: Clipping, norm: number): { gradientScale: number; gradientLimit: number } {
  switch (clipping.kind) {
    case 'none':
      return { gradientScale: 1, gradientLimit: Infinity }
    case 'norm':
      return { gradientScale: norm > clipping.limit ? clipping.limit / norm : 1, gradientLimit: Infinity }
    case 'value':
      return { gradientScale: 1, gradientLimit: clipping.limit }
  }
}
