/** Every operator that a graph may hold, by its ONNX name. */
import type { Operator } from '../types.ts'
import { comparisonOperators } from './comparison.ts'
import { convolutionOperators } from './convolution.ts'
import { elementwiseOperators } from './elementwise.ts'
import { indexingOperators } from './indexing.ts'
import { layoutOperators } from './layout.ts'
import { matrixOperators } from './matrix.ts'
import { normalizationOperators } from './normalization.ts'
import { reductionOperators } from './reduction.ts'
import { unaryOperators } from './unary.ts'

export const operators: ReadonlyMap<string, Operator> = new Map<string, Operator>(
  [
    elementwiseOperators,
    unaryOperators,
    comparisonOperators,
    reductionOperators,
    matrixOperators,
    normalizationOperators,
    layoutOperators,
    indexingOperators,
    convolutionOperators,
  ].flatMap((group) => Object.entries(group)),
)
