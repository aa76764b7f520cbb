/** Weighted, label-smoothed cross-entropy, and the divergence from a teacher, with their gradients written out. */
import { add, exponential, gather, logarithm, multiply, negate, reduceMax, reduceSum, reshape, scatterAdd, softmax, subtract } from '../graph/operations.ts'
import { elementCount, staticShape } from '../graph/shapes.ts'
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
  return subtract(atTargets(logits, flatIndices(logits, targets)), logSumExp(logits, softmax(logits)))
}

/**
 * The loss against a target distribution with 1 − smoothing on the target and smoothing / (classes − 1) on every other class.
 * The gradient is weights · (softmax − distribution): fewer passes over the logits than by the chain rule, and no index is
 * written twice, so that ScatterND is safe.
 */
export function crossEntropy(logits: Value, targets: Value, weights: Value, smoothing: number): CrossEntropy {
  const [rows, classes] = staticShape(logits)
  const onOthers = smoothing / (classes - 1)
  const onTarget = 1 - smoothing - onOthers // on top of what every class gets
  const indices = flatIndices(logits, targets)
  const probabilities = softmax(logits)
  const normalizer = logSumExp(logits, probabilities)
  const logProbability = subtract(atTargets(logits, indices), normalizer)
  const everywhere = () => subtract(reduceSum(logits, [1]), multiply(normalizer, classes)) // Σ over classes
  const smoothed = smoothing === 0 ? logProbability : add(multiply(logProbability, onTarget), multiply(everywhere(), onOthers))
  const loss = negate(reduceSum(multiply(weights, smoothed), [0]))

  const excess = smoothing === 0 ? probabilities : subtract(probabilities, onOthers)
  const weighted = multiply(excess, reshape(weights, [rows, 1]))
  const corrected = scatterAdd(reshape(weighted, [rows * classes]), reshape(indices, [rows, 1]), multiply(weights, -onTarget))
  return { loss, logProbability, logitsGradient: reshape(corrected, [rows, classes]) }
}

/** A teacher's word distribution for each row. */
export interface Teacher {
  /** [rows, classes]: its log-probabilities, very low but finite for a class that it rules out. */
  readonly logProbabilities: Value
  /** [rows] */
  readonly weights: Value
}

/**
 * Distillation (Hinton et al. 2015): loss = Σ weights · KL(teacher ‖ softmax(logits)), a scalar, and its gradient weights · (softmax − teacher)
 * with respect to the logits.
 */
export function divergenceFrom({ logProbabilities, weights }: Teacher, logits: Value): Pick<CrossEntropy, 'loss' | 'logitsGradient'> {
  const [rows] = staticShape(logits)
  const taught = exponential(logProbabilities)
  const probabilities = softmax(logits)
  // Σ taught · (log taught − logits) + log Σ exp(logits): what is taught sums to 1.
  const divergence = add(reduceSum(multiply(taught, subtract(logProbabilities, logits)), [1]), logSumExp(logits, probabilities))
  return {
    loss: reduceSum(multiply(weights, divergence), [0]),
    logitsGradient: multiply(subtract(probabilities, taught), reshape(weights, [rows, 1])),
  }
}

/**
 * log Σ exp(logits) per row. The largest probability is exp(largest logit) / Σ exp, and is never small: its logarithm is exact
 * where the logarithm of a small probability would not be, and nothing needs a pass of exponentials beside the softmax.
 */
function logSumExp(logits: Value, probabilities: Value): Value {
  return subtract(reduceMax(logits, [1]), logarithm(reduceMax(probabilities, [1])))
}

function atTargets(logits: Value, indices: Value): Value {
  return gather(reshape(logits, [elementCount(logits.shape)]), indices)
}

/** Where each row's target lies in the flattened logits. */
function flatIndices(logits: Value, targets: Value): Value {
  const [rows, classes] = staticShape(logits)
  return add(targets, targets.graph.integers(Array.from({ length: rows }, (_, row) => row * classes)))
}
