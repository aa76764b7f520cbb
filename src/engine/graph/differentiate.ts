/**
 * Reverse-mode differentiation: writes, into the graph itself, the nodes that compute the gradients of a loss.
 */
import { operators } from './operators/table.ts'
import { add } from './operations.ts'
import { sameShape, shapeText } from './shapes.ts'
import type { Value } from './types.ts'

/**
 * The gradients of a scalar loss with respect to some values, in their order. Adds the gradients of a value that is used
 * several times. Throws when the loss is no scalar, does not depend on a value, or depends on it through an operator without a gradient.
 */
export function gradients(loss: Value, withRespectTo: readonly Value[]): readonly Value[] {
  if (loss.shape.length !== 0) throw new Error(`the loss must be a scalar, not of shape ${shapeText(loss.shape)}`)
  return gradientsOf([[loss, loss.graph.scalar(1, loss.type)]], withRespectTo)
}

/** As `gradients`, from gradients that are known already: pairs of a value and the gradient of the loss with respect to it. */
export function gradientsOf(known: readonly (readonly [Value, Value])[], withRespectTo: readonly Value[]): readonly Value[] {
  const graph = known[0][0].graph
  // Writing gradients adds nodes; the walk covers only the forward ones.
  const forward = [...graph.nodes]
  const dependent = new Set(withRespectTo)
  for (const node of forward)
    if (node.inputs.some((input) => input !== undefined && dependent.has(input))) for (const output of node.outputs) dependent.add(output)

  const gradientOf = new Map<Value, Value>()
  const accumulate = (value: Value, gradient: Value, from: string) => {
    if (!sameShape(value.shape, gradient.shape))
      throw new Error(`${from} gives '${value.name}' of shape ${shapeText(value.shape)} a gradient of shape ${shapeText(gradient.shape)}`)
    const before = gradientOf.get(value)
    gradientOf.set(value, before === undefined ? gradient : add(before, gradient))
  }
  for (const [value, gradient] of known) accumulate(value, gradient, 'the caller')

  for (const node of forward.reverse()) {
    const outputGradients = node.outputs.map((output) => gradientOf.get(output))
    const needed = node.inputs.map((input) => input !== undefined && dependent.has(input))
    if (!needed.includes(true) || outputGradients.every((gradient) => gradient === undefined)) continue
    const rule = operators.get(node.operator)?.gradient
    if (rule === undefined) throw new Error(`operator ${node.operator} has no gradient rule`)
    const inputGradients = rule(node, outputGradients, needed)
    node.inputs.forEach((input, index) => {
      const gradient = inputGradients[index]
      if (input !== undefined && needed[index] && gradient !== undefined) accumulate(input, gradient, node.operator)
    })
  }
  return withRespectTo.map((value) => {
    const gradient = gradientOf.get(value)
    if (gradient === undefined) throw new Error(`the loss does not depend on '${value.name}'`)
    return gradient
  })
}
