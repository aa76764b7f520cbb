/** Convolution, pooling and batch normalization: the forward pass of image encoders. They have no gradient here. */
import { staticDimension } from '../shapes.ts'
import { intAttribute, intsAttribute, required } from '../types.ts'
import type { Attributes, Dimension, Operator, Shape } from '../types.ts'

/** The spatial sizes after a window has moved over them (two axes; explicit padding [top, left, bottom, right]). */
function windowedSizes(spatial: Shape, kernel: readonly number[], attributes: Attributes): readonly Dimension[] {
  const strides = intsAttribute(attributes, 'strides') ?? kernel.map(() => 1)
  const dilations = intsAttribute(attributes, 'dilations') ?? kernel.map(() => 1)
  const pads = intsAttribute(attributes, 'pads') ?? [...kernel, ...kernel].map(() => 0)
  return spatial.map((dimension, axis) => {
    const reach = dilations[axis] * (kernel[axis] - 1) + 1
    const padded = staticDimension(dimension) + pads[axis] + pads[axis + kernel.length]
    return Math.floor((padded - reach) / strides[axis]) + 1
  })
}

function pooling(): Operator {
  return {
    infer(inputs, attributes) {
      const x = required(inputs, 0)
      const kernel = intsAttribute(attributes, 'kernel_shape')
      if (kernel === undefined) throw new Error('kernel_shape is missing')
      return [{ type: x.type, shape: [...x.shape.slice(0, 2), ...windowedSizes(x.shape.slice(2), kernel, attributes)] }]
    },
  }
}

export const convolutionOperators: Record<string, Operator> = {
  Conv: {
    infer(inputs, attributes) {
      const x = required(inputs, 0)
      const weight = required(inputs, 1)
      const [outputChannels, inputChannels, ...kernel] = weight.shape.map(staticDimension)
      const groups = intAttribute(attributes, 'group', 1)
      if (x.shape[1] !== inputChannels * groups) throw new Error(`${x.shape[1]} channels do not fit ${inputChannels} × ${groups} groups`)
      return [{ type: x.type, shape: [x.shape[0], outputChannels, ...windowedSizes(x.shape.slice(2), kernel, attributes)] }]
    },
  },
  BatchNormalization: {
    infer(inputs) {
      const x = required(inputs, 0)
      for (const index of [1, 2, 3, 4]) if (required(inputs, index).shape[0] !== x.shape[1]) throw new Error(`input ${index} has not one value per channel`)
      return [{ type: x.type, shape: x.shape }]
    },
  },
  MaxPool: pooling(),
  AveragePool: pooling(),
  GlobalAveragePool: {
    infer(inputs) {
      const x = required(inputs, 0)
      return [{ type: x.type, shape: [...x.shape.slice(0, 2), ...x.shape.slice(2).map(() => 1)] }]
    },
  },
}
