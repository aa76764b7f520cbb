/** Matrix products. */
import { gemm, matMul, sumTo, transposeLast } from '../operations.ts'
import { broadcastShapes } from '../shapes.ts'
import { intAttribute, required } from '../types.ts'
import type { Operator } from '../types.ts'

export const matrixOperators: Record<string, Operator> = {
  MatMul: {
    infer(inputs) {
      const a = required(inputs, 0)
      const b = required(inputs, 1)
      if (a.shape.length < 2 || b.shape.length < 2) throw new Error('both operands need two axes or more')
      if (a.type !== b.type) throw new Error(`element types ${a.type} and ${b.type} differ`)
      const [rows, inner] = a.shape.slice(-2)
      const [innerOfB, columns] = b.shape.slice(-2)
      if (inner !== innerOfB) throw new Error(`inner sizes ${inner} and ${innerOfB} differ`)
      return [{ type: a.type, shape: [...broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2)), rows, columns] }]
    },
    gradient(node, [gradient], needed) {
      if (gradient === undefined) return []
      const a = required(node.inputs, 0)
      const b = required(node.inputs, 1)
      return [
        needed[0] ? sumTo(matMul(gradient, transposeLast(b)), a.shape) : undefined,
        needed[1] ? sumTo(matMul(transposeLast(a), gradient), b.shape) : undefined,
      ]
    },
  },
  Gemm: {
    infer(inputs, attributes) {
      const a = required(inputs, 0)
      const b = required(inputs, 1)
      if (a.shape.length !== 2 || b.shape.length !== 2) throw new Error('both operands need two axes')
      if (a.type !== b.type) throw new Error(`element types ${a.type} and ${b.type} differ`)
      const [rows, inner] = intAttribute(attributes, 'transA', 0) === 1 ? [a.shape[1], a.shape[0]] : a.shape
      const [innerOfB, columns] = intAttribute(attributes, 'transB', 0) === 1 ? [b.shape[1], b.shape[0]] : b.shape
      if (inner !== innerOfB) throw new Error(`inner sizes ${inner} and ${innerOfB} differ`)
      const bias = inputs[2]
      if (bias !== undefined) broadcastShapes([rows, columns], bias.shape)
      return [{ type: a.type, shape: [rows, columns] }]
    },
    gradient(node, [gradient], needed) {
      if (gradient === undefined) return []
      const a = required(node.inputs, 0)
      const b = required(node.inputs, 1)
      const bias = node.inputs[2]
      const transA = intAttribute(node.attributes, 'transA', 0) === 1
      const transB = intAttribute(node.attributes, 'transB', 0) === 1
      // With Y = A'·B' (the operands as they are multiplied): dA' = dY·B'ᵀ and dB' = A'ᵀ·dY, each transposed back where asked.
      const forA = () => (transA ? gemm(b, gradient, undefined, { a: transB, b: true }) : gemm(gradient, b, undefined, { b: !transB }))
      const forB = () => (transB ? gemm(gradient, a, undefined, { a: true, b: transA }) : gemm(a, gradient, undefined, { a: !transA }))
      return [needed[0] ? forA() : undefined, needed[1] ? forB() : undefined, needed[2] && bias !== undefined ? sumTo(gradient, bias.shape) : undefined]
    },
  },
}
