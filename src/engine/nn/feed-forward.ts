import { relu } from '../graph/operations.ts'
import { staticDimension } from '../graph/shapes.ts'
import type { Value } from '../graph/types.ts'
import { linear } from './linear.ts'
import type { Scope } from './scope.ts'

export interface FeedForwardSize {
  /** Width between the two layers. */
  readonly inner: number
  readonly dropout: number
}

/** Linear → ReLU → dropout → linear over rows [n, width], with layers `NAME.w_1` and `NAME.w_2`. */
export function feedForward(scope: Scope, name: string, x: Value, { inner, dropout }: FeedForwardSize): Value {
  const hidden = scope.dropout(relu(linear(scope, `${name}.w_1`, x, { outputs: inner })), dropout)
  return linear(scope, `${name}.w_2`, hidden, { outputs: staticDimension(x.shape[1]) })
}
