import { relu } from '../graph/operations.ts'
import type { Value } from '../graph/types.ts'
import { linear } from './linear.ts'
import type { Scope } from './scope.ts'

/** Linear → ReLU → dropout → linear over rows, with layers `NAME.w_1` and `NAME.w_2`. */
export function feedForward(scope: Scope, name: string, x: Value, dropout: number): Value {
  return linear(scope, `${name}.w_2`, scope.dropout(relu(linear(scope, `${name}.w_1`, x)), dropout))
}
