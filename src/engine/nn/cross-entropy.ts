/** Weighted, label-smoothed cross-entropy with its gradient written out. */
import { add, exponential, gather, logSoftmax, multiply, negate, reduceSum, reshape, scatterAdd, subtract } from '../graph/operations.ts'
import { staticShape } from '../graph/shapes.ts'
import type { Value } from '../graph/types.ts'

export interface CrossEntropy {
  /** Σ weights · smoothed negative log-likelihood, a scalar. */
  readonly loss: Value
  /** [rows] */
  readonly logProbability: Value
  /** The gradient of the loss with respect to the logits: start `gradientsOf` from here. */
  readonly logitsGradient: Value
}

/** The log-probabilities of the targets: logits [rows, classes], targets int64 [rows] → [rows]. */
export function targetLogProbability(logits: Value, targets: Value): Value {
  const [rows, classes] = staticShape(logits)
  return gather(reshape(logSoftmax(logits), [rows * classes]), flatIndices(logits, targets))
}

/**
 * The loss against a target distribution with 1 − smoothing on the target and smoothing / (classes − 1) on every other class.
 * The gradient is weights · (softmax − distribution): two passes over the logits less than by the chain rule, and no index
 * is written twice, so that ScatterND is safe.
 */
export function crossEntropy(logits: Value, targets: Value, weights: Value, smoothing: number): CrossEntropy {
  const [rows, classes] = staticShape(logits)
  const onOthers = smoothing / (classes - 1)
  const onTarget = 1 - smoothing - onOthers // beyond the share that it gets as one of all classes
  const indices = flatIndices(logits, targets)
  const logProbabilities = logSoftmax(logits)
  const logProbability = gather(reshape(logProbabilities, [rows * classes]), indices)
  const smoothed =
    smoothing === 0
      ? logProbability
      : add(multiply(logProbability, onTarget), multiply(reduceSum(logProbabilities, [1]), onOthers))
  const loss = negate(reduceSum(multiply(weights, smoothed), [0]))

  const probabilities = exponential(logProbabilities)
  const excess = smoothing === 0 ? probabilities : subtract(probabilities, onOthers)
  const weighted = multiply(excess, reshape(weights, [rows, 1]))
  const corrected = scatterAdd(reshape(weighted, [rows * classes]), reshape(indices, [rows, 1]), multiply(weights, -onTarget))
  return { loss, logProbability, logitsGradient: reshape(corrected, [rows, classes]) }
}

/** Where each row's target lies in the flattened logits. */
function flatIndices(logits: Value, targets: Value): Value {
  const [rows, classes] = staticShape(logits)
  return add(targets, targets.graph.integers(Array.from({ length: rows }, (_, row) => row * classes)))
}
