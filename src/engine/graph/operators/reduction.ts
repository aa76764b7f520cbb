/** Sums, means and maxima over axes. */
import { cast, divide, equal, expand, multiply, reduceSum, reshape } from '../operations.ts'
import { constantIntegers, normalAxis, staticDimension, staticShape } from '../shapes.ts'
import { intAttribute, required } from '../types.ts'
import type { Node, Operator, TypeAndShape, Value } from '../types.ts'

function axesOf(inputs: readonly (Value | undefined)[]): readonly number[] {
  const rank = required(inputs, 0).shape.length
  const axes = inputs[1]
  return axes === undefined ? [...Array(rank).keys()] : constantIntegers(axes).map((axis) => normalAxis(axis, rank))
}

function infer(inputs: readonly (Value | undefined)[], attributes: Node['attributes']): readonly TypeAndShape[] {
  const x = required(inputs, 0)
  const axes = axesOf(inputs)
  const keep = intAttribute(attributes, 'keepdims', 1) === 1
  return [{ type: x.type, shape: x.shape.flatMap((dimension, axis) => (axes.includes(axis) ? (keep ? [1] : []) : [dimension])) }]
}

/** A reduction from its gradient; the gradient and the result come with the reduced axes kept as 1. */
function reductionOperator(rule: (gradient: Value, x: Value, result: Value, axes: readonly number[]) => Value): Operator {
  return {
    infer,
    gradient(node, [gradient]) {
      if (gradient === undefined) return []
      const x = required(node.inputs, 0)
      const axes = axesOf(node.inputs)
      const kept = x.shape.map((dimension, axis) => (axes.includes(axis) ? 1 : dimension))
      return [rule(reshape(gradient, kept), x, reshape(node.outputs[0], kept), axes)]
    },
  }
}

export const reductionOperators: Record<string, Operator> = {
  CumSum: { infer: (inputs) => [{ type: required(inputs, 0).type, shape: required(inputs, 0).shape }] },
  ReduceSum: reductionOperator((gradient, x) => expand(gradient, staticShape(x))),
  ReduceMean: reductionOperator((gradient, x, _result, axes) => {
    const count = axes.reduce((product, axis) => product * staticDimension(x.shape[axis]), 1)
    return expand(divide(gradient, count), staticShape(x))
  }),
  // Equal maxima share the gradient.
  ReduceMax: reductionOperator((gradient, x, result, axes) => {
    const isMaximum = cast(equal(x, result), x.type)
    return multiply(isMaximum, divide(gradient, reduceSum(isMaximum, axes, 'keep')))
  }),
}
