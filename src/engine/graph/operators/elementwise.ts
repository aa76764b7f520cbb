/** Arithmetic of two operands with broadcasting. */
import { add, cast, divide, greater, multiply, negate, power, subtract, sumTo } from '../operations.ts'
import { broadcastShapes } from '../shapes.ts'
import { required } from '../types.ts'
import type { Operator, TypeAndShape, Value } from '../types.ts'

function inferBroadcast(inputs: readonly (Value | undefined)[]): readonly TypeAndShape[] {
  const a = required(inputs, 0)
  const b = required(inputs, 1)
  if (a.type !== b.type) throw new Error(`element types ${a.type} and ${b.type} differ`)
  return [{ type: a.type, shape: broadcastShapes(a.shape, b.shape) }]
}

/** A binary operator from the gradients of its operands, before they are summed over broadcast axes. */
function binaryOperator(
  left: (gradient: Value, a: Value, b: Value, result: Value) => Value,
  right?: (gradient: Value, a: Value, b: Value, result: Value) => Value,
): Operator {
  return {
    infer: inferBroadcast,
    gradient(node, [gradient], needed) {
      if (gradient === undefined) return [undefined, undefined]
      const a = required(node.inputs, 0)
      const b = required(node.inputs, 1)
      const result = node.outputs[0]
      if (needed[1] && right === undefined) throw new Error(`${node.operator} has no gradient for its second operand`)
      return [
        needed[0] ? sumTo(left(gradient, a, b, result), a.shape) : undefined,
        needed[1] && right !== undefined ? sumTo(right(gradient, a, b, result), b.shape) : undefined,
      ]
    },
  }
}

const maskOf = (condition: Value, like: Value) => cast(condition, like.type)

export const elementwiseOperators: Record<string, Operator> = {
  Add: binaryOperator(
    (gradient) => gradient,
    (gradient) => gradient,
  ),
  Sub: binaryOperator(
    (gradient) => gradient,
    (gradient) => negate(gradient),
  ),
  Mul: binaryOperator(
    (gradient, _a, b) => multiply(gradient, b),
    (gradient, a) => multiply(gradient, a),
  ),
  Div: binaryOperator(
    (gradient, _a, b) => divide(gradient, b),
    (gradient, _a, b, result) => negate(divide(multiply(gradient, result), b)),
  ),
  Pow: binaryOperator((gradient, a, exponent) => multiply(gradient, multiply(exponent, power(a, subtract(exponent, 1))))),
  Min: { infer: inferBroadcast },
  // Where both are equal the second operand gets the whole gradient.
  Max: binaryOperator(
    (gradient, a, b) => multiply(gradient, maskOf(greater(a, b), gradient)),
    (gradient, a, b) => multiply(gradient, add(negate(maskOf(greater(a, b), gradient)), 1)),
  ),
}
