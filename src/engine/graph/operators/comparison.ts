/** Comparisons and selection. Their conditions carry no gradient. */
import { sumTo, where } from '../operations.ts'
import { broadcastShapes } from '../shapes.ts'
import { required } from '../types.ts'
import type { Operator } from '../types.ts'

const comparison: Operator = {
  infer: (inputs) => [{ type: 'bool', shape: broadcastShapes(required(inputs, 0).shape, required(inputs, 1).shape) }],
}

export const comparisonOperators: Record<string, Operator> = {
  Equal: comparison,
  Greater: comparison,
  Less: comparison,
  And: comparison,
  Where: {
    infer(inputs) {
      const [condition, yes, no] = [0, 1, 2].map((index) => required(inputs, index))
      if (condition.type !== 'bool') throw new Error('the condition must be bool')
      if (yes.type !== no.type) throw new Error(`element types ${yes.type} and ${no.type} differ`)
      return [{ type: yes.type, shape: broadcastShapes(condition.shape, broadcastShapes(yes.shape, no.shape)) }]
    },
    gradient(node, [gradient], needed) {
      if (gradient === undefined) return []
      const [condition, yes, no] = [0, 1, 2].map((index) => required(node.inputs, index))
      const nothing = gradient.graph.scalar(0, gradient.type)
      return [
        undefined,
        needed[1] ? sumTo(where(condition, gradient, nothing), yes.shape) : undefined,
        needed[2] ? sumTo(where(condition, nothing, gradient), no.shape) : undefined,
      ]
    },
  },
}
