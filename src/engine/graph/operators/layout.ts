/** Operators that move elements without computing: shapes, axes, parts. */
import { concat, pad, reshape, slice, split, squeeze, sumTo, transpose, unsqueeze, zeros } from '../operations.ts'
import { broadcastShapes, constantIntegers, elementCount, normalAxis, sameShape, shapeText, staticDimension, staticShape } from '../shapes.ts'
import { intAttribute, intsAttribute, required } from '../types.ts'
import type { Dimension, Operator, Value } from '../types.ts'

const isStatic = (shape: readonly Dimension[]) => shape.every((dimension) => typeof dimension === 'number')

/** start, end and axis of a Slice along one axis with constant bounds. */
function sliceBounds(inputs: readonly (Value | undefined)[]) {
  const x = required(inputs, 0)
  const [[start], [end], axes] = [1, 2, 3].map((index) => constantIntegers(required(inputs, index)))
  if (axes.length !== 1) throw new Error('a slice takes one axis here')
  const axis = normalAxis(axes[0], x.shape.length)
  const size = staticDimension(x.shape[axis])
  if (start < 0 || end > size || start > end) throw new Error(`[${start}, ${end}) is outside an axis of ${size}`)
  return { start, end, axis, size }
}

export const layoutOperators: Record<string, Operator> = {
  Reshape: {
    infer(inputs, _attributes, declared) {
      const x = required(inputs, 0)
      if (declared === undefined) throw new Error('the new shape must be declared')
      if (isStatic(x.shape) && isStatic(declared) && elementCount(x.shape) !== elementCount(declared))
        throw new Error(`${shapeText(x.shape)} does not fill ${shapeText(declared)}`)
      return [{ type: x.type, shape: declared }]
    },
    gradient: (node, [gradient]) => [gradient && reshape(gradient, required(node.inputs, 0).shape)],
  },
  Shape: {
    infer(inputs, attributes) {
      const rank = required(inputs, 0).shape.length
      const start = intAttribute(attributes, 'start', 0)
      const end = intAttribute(attributes, 'end', rank)
      return [{ type: 'int64', shape: [end - start] }]
    },
  },
  Transpose: {
    infer(inputs, attributes) {
      const x = required(inputs, 0)
      const order = intsAttribute(attributes, 'perm') ?? []
      if (
        !sameShape(
          [...order].sort((a, b) => a - b),
          [...x.shape.keys()],
        )
      )
        throw new Error(`${shapeText(order)} does not order the axes`)
      return [{ type: x.type, shape: order.map((axis) => x.shape[axis]) }]
    },
    gradient(node, [gradient]) {
      const order = intsAttribute(node.attributes, 'perm') ?? []
      return [
        gradient &&
          transpose(
            gradient,
            order.map((_, axis) => order.indexOf(axis)),
          ),
      ]
    },
  },
  Concat: {
    infer(inputs, attributes) {
      const parts = inputs.map((_, index) => required(inputs, index))
      const axis = normalAxis(intAttribute(attributes, 'axis', 0), parts[0].shape.length)
      const sizes = parts.map((part) => part.shape[axis])
      const others = (value: Value) => value.shape.filter((_, index) => index !== axis)
      for (const part of parts) {
        if (part.type !== parts[0].type) throw new Error(`element types ${part.type} and ${parts[0].type} differ`)
        if (!sameShape(others(part), others(parts[0]))) throw new Error('the parts differ on another axis')
      }
      const total = isStatic(sizes) ? sizes.reduce<number>((sum, size) => sum + staticDimension(size), 0) : sizes.join(' + ')
      return [{ type: parts[0].type, shape: parts[0].shape.map((dimension, index) => (index === axis ? total : dimension)) }]
    },
    gradient(node, [gradient]) {
      if (gradient === undefined) return []
      const axis = normalAxis(intAttribute(node.attributes, 'axis', 0), gradient.shape.length)
      return split(
        gradient,
        axis,
        node.inputs.map((_, index) => staticDimension(required(node.inputs, index).shape[axis])),
      )
    },
  },
  Split: {
    infer(inputs, attributes) {
      const x = required(inputs, 0)
      const sizes = constantIntegers(required(inputs, 1))
      const axis = normalAxis(intAttribute(attributes, 'axis', 0), x.shape.length)
      const total = sizes.reduce((sum, size) => sum + size, 0)
      if (total !== staticDimension(x.shape[axis])) throw new Error(`parts of ${total} do not fill an axis of ${x.shape[axis]}`)
      return sizes.map((size) => ({ type: x.type, shape: x.shape.map((dimension, index) => (index === axis ? size : dimension)) }))
    },
    gradient(node, gradients) {
      const axis = intAttribute(node.attributes, 'axis', 0)
      const known = gradients.find((gradient) => gradient !== undefined)
      if (known === undefined) return []
      return [
        concat(
          node.outputs.map((output, index) => gradients[index] ?? zeros(known, staticShape(output))),
          axis,
        ),
      ]
    },
  },
  Slice: {
    infer(inputs, _attributes, declared) {
      const x = required(inputs, 0)
      if (declared !== undefined) return [{ type: x.type, shape: declared }]
      const { start, end, axis } = sliceBounds(inputs)
      return [{ type: x.type, shape: x.shape.map((dimension, index) => (index === axis ? end - start : dimension)) }]
    },
    gradient(node, [gradient]) {
      if (gradient === undefined) return []
      const { start, end, axis, size } = sliceBounds(node.inputs)
      const around = (amount: number) => gradient.shape.map((_, index) => (index === axis ? amount : 0))
      return [pad(gradient, around(start), around(size - end))]
    },
  },
  Pad: {
    infer(inputs) {
      const x = required(inputs, 0)
      const pads = constantIntegers(required(inputs, 1))
      const rank = x.shape.length
      const grown = (axis: number) => staticDimension(x.shape[axis]) + pads[axis] + pads[axis + rank]
      return [{ type: x.type, shape: x.shape.map((dimension, axis) => (pads[axis] + pads[axis + rank] === 0 ? dimension : grown(axis))) }]
    },
    gradient(node, [gradient]) {
      if (gradient === undefined) return []
      const { shape } = required(node.inputs, 0)
      const pads = constantIntegers(required(node.inputs, 1))
      const unpadded = shape.reduce<Value>((value, dimension, axis) => {
        const size = staticDimension(dimension)
        return value.shape[axis] === size ? value : slice(value, axis, pads[axis], pads[axis] + size)
      }, gradient)
      return [unpadded]
    },
  },
  Expand: {
    infer(inputs) {
      const x = required(inputs, 0)
      return [{ type: x.type, shape: broadcastShapes(x.shape, constantIntegers(required(inputs, 1))) }]
    },
    gradient: (node, [gradient]) => [gradient && sumTo(gradient, required(node.inputs, 0).shape)],
  },
  Unsqueeze: {
    infer(inputs) {
      const x = required(inputs, 0)
      const axes = constantIntegers(required(inputs, 1))
      const rank = x.shape.length + axes.length
      const added = axes.map((axis) => normalAxis(axis, rank))
      const remaining = [...x.shape]
      return [{ type: x.type, shape: Array.from({ length: rank }, (_, axis) => (added.includes(axis) ? 1 : (remaining.shift() ?? 1))) }]
    },
    gradient: (node, [gradient]) => [gradient && squeeze(gradient, constantIntegers(required(node.inputs, 1)))],
  },
  Squeeze: {
    infer(inputs) {
      const x = required(inputs, 0)
      const axes = constantIntegers(required(inputs, 1)).map((axis) => normalAxis(axis, x.shape.length))
      if (axes.some((axis) => x.shape[axis] !== 1)) throw new Error('only axes of size 1 can be dropped')
      return [{ type: x.type, shape: x.shape.filter((_, axis) => !axes.includes(axis)) }]
    },
    gradient: (node, [gradient]) => [gradient && unsqueeze(gradient, constantIntegers(required(node.inputs, 1)))],
  },
}
