/**
 * AdamW (Loshchilov & Hutter 2019) as functions over plain arrays: what the vector kernel does, written to be read. One pass reads the gradient and
 * updates both moments, the value and, if asked, its moving average. The arrays are far larger than the caches, so reading them is what costs.
 */
import type { Clipping } from '../runs/recipe.ts'

const f32 = Math.fround

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

/**
 * Updates values[start, end) and everything that goes with them. Every operation is rounded to float32, so that any other float32 machine
 * that does the same operations gets the same bits.
 */
export function updateRange(arrays: OptimizerArrays, setting: UpdateSetting, decay: number, start: number, end: number): void {
  const { values, gradients, firstMoments, secondMoments, average } = arrays
  const { beta1, beta2, newShare1, newShare2, epsilon, keep, stepSize, secondScale, gradientScale, gradientLimit, averageShare } = updateFactors(setting, decay)
  const averaging = average.length > 0
  for (let i = start; i < end; i++) {
    const gradient = Math.max(-gradientLimit, Math.min(gradientLimit, f32(gradients[i] * gradientScale)))
    const first = f32(f32(beta1 * firstMoments[i]) + f32(newShare1 * gradient))
    const second = f32(f32(beta2 * secondMoments[i]) + f32(newShare2 * f32(gradient * gradient)))
    firstMoments[i] = first
    secondMoments[i] = second
    const deviation = f32(f32(Math.sqrt(f32(second * secondScale))) + epsilon)
    const value = f32(f32(values[i] * keep) - f32(f32(stepSize * first) / deviation))
    values[i] = value
    if (averaging) average[i] = f32(average[i] + f32(f32(value - average[i]) * averageShare))
  }
}

/** The factors of one update, each a float32. */
export function updateFactors(setting: UpdateSetting, decay: number) {
  return {
    beta1: f32(setting.beta1),
    newShare1: f32(1 - setting.beta1),
    beta2: f32(setting.beta2),
    newShare2: f32(1 - setting.beta2),
    epsilon: f32(setting.epsilon),
    keep: f32(1 - setting.learningRate * decay),
    stepSize: f32(setting.learningRate / setting.bias1),
    secondScale: f32(1 / setting.bias2),
    gradientScale: f32(setting.gradientScale),
    gradientLimit: f32(setting.gradientLimit),
    averageShare: f32(1 - setting.averageDecay),
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
