/** How much arithmetic a graph is. */
import type { Graph } from './types.ts'
import { reachable } from './reachable.ts'
import { elementCount, staticDimension } from './shapes.ts'
import { intAttribute, required } from './types.ts'
import type { Node } from './types.ts'

/**
 * The floating-point operations of one run's matrix products, a multiplication and an addition counted as two. Nothing else counts:
 * speeds made from it compare with those of a bare matrix product. Every product's shape has to be known.
 */
export function matrixOperations(graph: Graph): number {
  const products = reachable(graph).nodes.filter((node) => node.operator === 'MatMul' || node.operator === 'Gemm')
  return products.reduce((sum, node) => sum + 2 * elementCount(node.outputs[0].shape) * innerSize(node), 0)
}

/** The length of the sums that a product's elements are. */
function innerSize(node: Node): number {
  const { shape } = required(node.inputs, 0)
  const transposed = node.operator === 'Gemm' && intAttribute(node.attributes, 'transA', 0) === 1
  return staticDimension(shape[transposed ? 0 : shape.length - 1])
}
