/** Counts the arithmetic of a graph. */
import type { Graph } from './types.ts'
import { reachable } from './reachable.ts'
import { elementCount, staticDimension } from './shapes.ts'
import { intAttribute, required } from './types.ts'
import type { Node } from './types.ts'

/**
 * Counts the floating-point operations of one run's matrix products; a multiplication and an addition are two. Counts nothing else, so that a
 * speed derived from it compares with that of a bare matrix product. Every product's shape must be known.
 */
export function matrixOperations(graph: Graph): number {
  const products = reachable(graph).nodes.filter((node) => node.operator === 'MatMul' || node.operator === 'Gemm')
  return products.reduce((sum, node) => sum + 2 * elementCount(node.outputs[0].shape) * innerSize(node), 0)
}

/** The number of terms in each element of a product. */
function innerSize(node: Node): number {
  const { shape } = required(node.inputs, 0)
  const transposed = node.operator === 'Gemm' && intAttribute(node.attributes, 'transA', 0) === 1
  return staticDimension(shape[transposed ? 0 : shape.length - 1])
}
