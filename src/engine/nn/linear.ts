import { gemm } from '../graph/operations.ts'
import type { Value } from '../graph/types.ts'
import type { Scope } from './scope.ts'

/** x·Wᵀ + b for rows x [n, in], with `NAME.weight` [out, in] and `NAME.bias` [out]. */
export function linear(scope: Scope, name: string, x: Value): Value {
  return gemm(x, scope.parameter(`${name}.weight`), scope.parameter(`${name}.bias`), { b: true })
}
