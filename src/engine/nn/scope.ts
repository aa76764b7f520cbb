/** What a layer needs from the graph it is written into. */
import type { Value } from '../graph/types.ts'

export interface Scope {
  /** A parameter by its full name. */
  parameter(name: string): Value
  /** x with dropout at training, x itself otherwise. */
  dropout(x: Value, rate: number): Value
}
