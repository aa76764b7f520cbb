/** Reading and writing by index. */
import { inverseOf } from '../inverse-indices.ts'
import { expand, gather, reshape, scatterElementsAdd, zeros } from '../operations.ts'
import { constantIntegers, elementCount, normalAxis, shapeText, staticShape } from '../shapes.ts'
import { intAttribute, required } from '../types.ts'
import type { Operator } from '../types.ts'

export const indexingOperators: Record<string, Operator> = {
  Gather: {
    infer(inputs, attributes) {
      const table = required(inputs, 0)
      const indices = required(inputs, 1)
      if (indices.type !== 'int64' && indices.type !== 'int32') throw new Error('indices must be integers')
      const axis = normalAxis(intAttribute(attributes, 'axis', 0), table.shape.length)
      return [{ type: table.type, shape: [...table.shape.slice(0, axis), ...indices.shape, ...table.shape.slice(axis + 1)] }]
    },
    /**
     * Adds each row of the gradient to the table's row that was read. ScatterElements adds in order; ScatterND would let
     * threads add to the same row at the same time, and lose or reorder additions (microsoft/onnxruntime#18048).
     * Where the indices have an inverse, the rows are gathered back.
     */
    gradient(node, [gradient]) {
      if (gradient === undefined) return []
      const table = required(node.inputs, 0)
      const indices = required(node.inputs, 1)
      if (normalAxis(intAttribute(node.attributes, 'axis', 0), table.shape.length) !== 0) throw new Error('Gather has a gradient for axis 0 only')
      const inverse = inverseOf(indices)
      if (inverse !== undefined) return [gather(gradient, inverse)]
      const [rows, ...rest] = staticShape(table)
      const count = elementCount(indices.shape)
      const width = elementCount(rest)
      const everyIndex = expand(reshape(indices, [count, 1]), [count, width])
      const summed = scatterElementsAdd(zeros(gradient, [rows, width]), everyIndex, reshape(gradient, [count, width]))
      return [reshape(summed, table.shape)]
    },
  },
  GatherElements: {
    infer(inputs) {
      const [x, indices] = [0, 1].map((index) => required(inputs, index))
      if (indices.shape.length !== x.shape.length) throw new Error('indices must have as many axes as the values')
      return [{ type: x.type, shape: indices.shape }]
    },
  },
  TopK: {
    infer(inputs) {
      const [x, count] = [0, 1].map((index) => required(inputs, index))
      const size = count.data === undefined ? count.name : constantIntegers(count)[0]
      const shape = [...x.shape.slice(0, -1), size]
      return [
        { type: x.type, shape },
        { type: 'int64', shape },
      ]
    },
  },
  ScatterND: {
    infer(inputs) {
      const [data, indices, updates] = [0, 1, 2].map((index) => required(inputs, index))
      if (indices.shape.length !== 2 || indices.shape[1] !== 1) throw new Error('indices must be of shape [n, 1]')
      if (updates.shape[0] !== indices.shape[0]) throw new Error(`${shapeText(updates.shape)} has not one update per index`)
      return [{ type: data.type, shape: data.shape }]
    },
    gradient(node, [gradient], needed) {
      if (gradient === undefined) return []
      const indices = required(node.inputs, 1)
      return [gradient, undefined, needed[2] ? gather(gradient, reshape(indices, [indices.shape[0]])) : undefined]
    },
  },
  ScatterElements: {
    infer(inputs) {
      const [data, indices, updates] = [0, 1, 2].map((index) => required(inputs, index))
      if (shapeText(indices.shape) !== shapeText(updates.shape)) throw new Error('indices and updates must have one shape')
      return [{ type: data.type, shape: data.shape }]
    },
  },
}
