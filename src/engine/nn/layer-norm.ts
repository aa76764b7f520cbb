/** The two layer norms, over the last axis of rows. Both have a scale `NAME.a_2` and an offset `NAME.b_2`. */
import { add, divide, layerNormalization, maximum, multiply, reduceMean, reduceSum, square, squareRoot, subtract } from '../graph/operations.ts'
import { staticDimension } from '../graph/shapes.ts'
import type { Value } from '../graph/types.ts'
import { normParameters, type Scope } from './scope.ts'

export type LayerNormKind = 'standard' | 'published'

const standardEpsilon = 1e-5
const publishedEpsilon = 1e-6
const varianceFloor = 1e-20

/**
 * 'standard': a·(x − mean)/√(variance + 1e-5) + b. 'published': a·(x − mean)/(s + 1e-6) + b with s the standard deviation over n − 1,
 * as in the captioners whose checkpoints are public.
 */
export function layerNorm(scope: Scope, name: string, x: Value, kind: LayerNormKind): Value {
  const last = x.shape.length - 1
  const width = staticDimension(x.shape[last])
  const { scale, offset } = normParameters(scope, name, width)
  if (kind === 'standard') return layerNormalization(x, scale, offset, standardEpsilon)
  const centred = subtract(x, reduceMean(x, [last], 'keep'))
  const variance = divide(reduceSum(square(centred), [last], 'keep'), width - 1)
  // Equal values have no slope: the floor, far below epsilon, keeps the square root's gradient finite.
  const deviation = squareRoot(maximum(variance, varianceFloor))
  return add(multiply(scale, divide(centred, add(deviation, publishedEpsilon))), offset)
}
