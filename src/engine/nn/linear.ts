import { gemm } from '../graph/operations.ts'
import { staticDimension } from '../graph/shapes.ts'
import type { Value } from '../graph/types.ts'
import { fanIn, xavier, type Initial, type Scope } from './scope.ts'

/** The size of a layer and how its weight starts; its bias starts by fan-in. */
export interface LinearSize {
  readonly outputs: number
  /** Default: `xavier`. */
  readonly weight?: (shape: readonly number[]) => Initial
}

/** x·Wᵀ + b for rows x [n, in], with `NAME.weight` [out, in] and `NAME.bias` [out]. A network read from a file needs no size. */
export function linear(scope: Scope, name: string, x: Value, size?: LinearSize): Value {
  const { weight, bias } = linearParameters(scope, name, size && { ...size, inputs: staticDimension(x.shape[1]) })
  return gemm(x, weight, bias, { b: true })
}

export function linearParameters(scope: Scope, name: string, size?: LinearSize & { inputs: number }): { weight: Value; bias: Value } {
  const of = (ending: string, shape: readonly number[], initial: Initial, decay: boolean): Value =>
    scope.parameter(`${name}.${ending}`, { shape, initial, decay })
  if (size === undefined) return { weight: scope.parameter(`${name}.weight`), bias: scope.parameter(`${name}.bias`) }
  const { inputs, outputs, weight = xavier } = size
  const shape = [outputs, inputs]
  return { weight: of('weight', shape, weight(shape), true), bias: of('bias', [outputs], fanIn(inputs), false) }
}
