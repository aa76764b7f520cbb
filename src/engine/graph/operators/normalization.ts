/** Softmax and the norms: operators that divide by something computed over an axis. */
import { cast, exponential, multiply, reduceMean, reduceSum, subtract, sumTo } from '../operations.ts'
import { normalAxis } from '../shapes.ts'
import { intAttribute, required } from '../types.ts'
import type { Node, Operator, Value } from '../types.ts'

function axisOf(node: Node): number {
  return normalAxis(intAttribute(node.attributes, 'axis', -1), node.outputs[0].shape.length)
}

/** An operator over one axis from its gradient, given the result and the axis. */
function overAxis(rule: (gradient: Value, y: Value, axis: number) => Value): Operator {
  return {
    infer(inputs) {
      const { type, shape } = required(inputs, 0)
      return [{ type, shape }]
    },
    gradient: (node, [gradient]) => [gradient === undefined ? undefined : rule(gradient, node.outputs[0], axisOf(node))],
  }
}

export const normalizationOperators: Record<string, Operator> = {
  // dx = y·(dy − Σ dy·y), written so that dy·y is computed once.
  Softmax: overAxis((gradient, y, axis) => {
    const weighted = multiply(gradient, y)
    return subtract(weighted, multiply(y, reduceSum(weighted, [axis], 'keep')))
  }),
  LogSoftmax: overAxis((gradient, y, axis) => subtract(gradient, multiply(exponential(y), reduceSum(gradient, [axis], 'keep')))),
  LayerNormalization: {
    requiredOutputs: 1,
    infer(inputs) {
      const x = required(inputs, 0)
      const statistics = [...x.shape.slice(0, -1), 1]
      // The mean and the inverse standard deviation come out as well, always in single precision: the gradient needs them.
      return [
        { type: x.type, shape: x.shape },
        { type: 'float32', shape: statistics },
        { type: 'float32', shape: statistics },
      ]
    },
    gradient(node, [gradient], needed) {
      if (gradient === undefined) return []
      const [x, scale, bias] = [0, 1, 2].map((index) => required(node.inputs, index))
      const [mean, inverseDeviation] = node.outputs.slice(1).map((statistic) => cast(statistic, x.type))
      const normalized = multiply(subtract(x, mean), inverseDeviation)
      const last = [x.shape.length - 1]
      const forScale = needed[1] ? sumTo(multiply(gradient, normalized), scale.shape) : undefined
      const forBias = needed[2] ? sumTo(gradient, bias.shape) : undefined
      if (!needed[0]) return [undefined, forScale, forBias]
      const scaled = multiply(gradient, scale)
      const along = reduceMean(multiply(scaled, normalized), last, 'keep')
      const centred = subtract(scaled, reduceMean(scaled, last, 'keep'))
      return [multiply(subtract(centred, multiply(normalized, along)), inverseDeviation), forScale, forBias]
    },
  },
}
