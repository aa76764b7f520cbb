/** Functions of one value, element by element. */
import { add, cast, cosine, divide, errorFunction, exponential, greater, less, logicalAnd, multiply, negate, sign, sine, square } from '../operations.ts'
import { elementTypeAttribute, required } from '../types.ts'
import type { Operator, TypeAndShape, Value } from '../types.ts'

function inferSame(inputs: readonly (Value | undefined)[]): readonly TypeAndShape[] {
  const { type, shape } = required(inputs, 0)
  return [{ type, shape }]
}

/** A unary operator from its gradient, given x and y = f(x). */
function unaryOperator(rule?: (gradient: Value, x: Value, y: Value) => Value): Operator {
  if (rule === undefined) return { infer: inferSame }
  return {
    infer: inferSame,
    gradient: (node, [gradient]) => [gradient === undefined ? undefined : rule(gradient, required(node.inputs, 0), node.outputs[0])],
  }
}

const inverseRootTwo = Math.SQRT1_2
const inverseRootTwoPi = 1 / Math.sqrt(2 * Math.PI)

/** d/dx x·Φ(x) = Φ(x) + x·φ(x), with Φ the Gaussian distribution function and φ its density. */
function geluDerivative(x: Value): Value {
  const distribution = multiply(add(errorFunction(multiply(x, inverseRootTwo)), 1), 0.5)
  const density = multiply(exponential(multiply(square(x), -0.5)), inverseRootTwoPi)
  return add(distribution, multiply(x, density))
}

export const unaryOperators: Record<string, Operator> = {
  Identity: unaryOperator((gradient) => gradient),
  Neg: unaryOperator((gradient) => negate(gradient)),
  Exp: unaryOperator((gradient, _x, y) => multiply(gradient, y)),
  Log: unaryOperator((gradient, x) => divide(gradient, x)),
  Sqrt: unaryOperator((gradient, _x, y) => divide(multiply(gradient, 0.5), y)),
  Abs: unaryOperator((gradient, x) => multiply(gradient, sign(x))),
  Sign: unaryOperator(),
  Sin: unaryOperator((gradient, x) => multiply(gradient, cosine(x))),
  Cos: unaryOperator((gradient, x) => negate(multiply(gradient, sine(x)))),
  // y is 0 exactly where the slope is.
  Relu: unaryOperator((gradient, _x, y) => multiply(gradient, cast(cast(y, 'bool'), gradient.type))),
  Sigmoid: unaryOperator((gradient, _x, y) => multiply(gradient, multiply(y, add(negate(y), 1)))),
  Tanh: unaryOperator((gradient, _x, y) => multiply(gradient, add(negate(square(y)), 1))),
  Erf: unaryOperator((gradient, x) => multiply(gradient, multiply(exponential(negate(square(x))), 2 / Math.sqrt(Math.PI)))),
  Gelu: unaryOperator((gradient, x) => multiply(gradient, geluDerivative(x))),
  Not: unaryOperator(),
  Clip: {
    infer: inferSame,
    gradient(node, [gradient]) {
      if (gradient === undefined) return []
      const [x, low, high] = [0, 1, 2].map((index) => required(node.inputs, index))
      return [multiply(gradient, cast(logicalAnd(greater(x, low), less(x, high)), gradient.type))]
    },
  },
  Cast: {
    infer: (inputs, attributes) => [{ type: elementTypeAttribute(attributes, 'to'), shape: required(inputs, 0).shape }],
    gradient: (node, [gradient]) => [gradient === undefined ? undefined : cast(gradient, required(node.inputs, 0).type)],
  },
}
