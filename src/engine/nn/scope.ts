/** What a layer needs from the graph it is written into. */
import type { Value } from '../graph/types.ts'
import type { PackedRows } from './packed-rows.ts'

/** How a parameter starts: uniform in ±bound, one value, or normal around 0. */
export type Initial =
  | { readonly kind: 'uniform'; readonly bound: number }
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'normal'; readonly deviation: number }

/** What a layer says of a parameter where it reads it. */
export interface ParameterDeclaration {
  readonly shape: readonly number[]
  readonly initial: Initial
  /** Whether weight decay applies: to matrices, not to biases, norms and position tables. */
  readonly decay: boolean
}

export interface Scope {
  /** A parameter by its full name. Declarations are what a captioner's parameters are listed from; networks read from files need none. */
  parameter(name: string, declaration?: ParameterDeclaration): Value
  /** x with dropout at training, x itself otherwise. Rows that are packed get the masks that they would get padded. */
  dropout(x: Value, rate: number, packed?: PackedRows): Value
}

/** Uniform with the variance of Glorot and Bengio (2010), for a matrix [out, in]. */
export function xavier([outputs, inputs]: readonly number[]): Initial {
  return { kind: 'uniform', bound: Math.sqrt(6 / (outputs + inputs)) }
}

/** PyTorch's default for a linear layer's weight and bias alike. */
export function fanIn(inputs: number): Initial {
  return { kind: 'uniform', bound: 1 / Math.sqrt(inputs) }
}

/** The scale `NAME.a_2` and the offset `NAME.b_2` of a norm over `width` channels. */
export function normParameters(scope: Scope, name: string, width: number): { scale: Value; offset: Value } {
  const starting = (value: number): ParameterDeclaration => ({ shape: [width], initial: { kind: 'constant', value }, decay: false })
  return { scale: scope.parameter(`${name}.a_2`, starting(1)), offset: scope.parameter(`${name}.b_2`, starting(0)) }
}
