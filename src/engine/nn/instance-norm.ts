/** Instance norm over tokens (Ulyanov et al. 2016): every channel of every sequence gets mean 0 and variance 1. */
import { add, divide, maximum, multiply, reduceMean, reduceSum, square, squareRoot, subtract, unsqueeze } from '../graph/operations.ts'
import { staticDimension } from '../graph/shapes.ts'
import type { Value } from '../graph/types.ts'
import { normParameters, type Scope } from './scope.ts'

export interface InstanceNormOptions {
  /** [groups, length], 1 for a token and 0 for padding, which statistics leave out. Absent: all are tokens. */
  readonly mask: Value | undefined
  /** Added to the (biased) variance. */
  readonly epsilon: number
  /** The name of a scale `NAME.a_2` and an offset `NAME.b_2` for each channel, where there are any. */
  readonly affine: string | undefined
}

/** (x − mean)/√(variance + epsilon) of sequences [groups, length, width]; padded tokens are moved by the same numbers. */
export function instanceNorm(scope: Scope, x: Value, { mask, epsilon, affine }: InstanceNormOptions): Value {
  const meanOf = mask === undefined ? (values: Value) => reduceMean(values, [1], 'keep') : maskedMean(mask)
  const centred = subtract(x, meanOf(x))
  const normed = divide(centred, squareRoot(add(meanOf(square(centred)), epsilon)))
  if (affine === undefined) return normed
  const { scale, offset } = normParameters(scope, affine, staticDimension(x.shape[2]))
  return add(multiply(normed, scale), offset)
}

function maskedMean(mask: Value): (values: Value) => Value {
  const weights = unsqueeze(mask, [2])
  const count = maximum(reduceSum(weights, [1], 'keep'), 1)
  return (values) => divide(reduceSum(multiply(values, weights), [1], 'keep'), count)
}
