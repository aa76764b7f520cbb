/** What the formats of TensorFlow (TFLite, TensorFlow.js) have in common and ONNX does otherwise: implicit padding, and the order of weights. */

/** TensorFlow's SAME padding along one axis: the output has ceil(size / stride) places; an odd remainder goes to the end. */
export function samePads(size: number, kernel: number, stride: number, dilation: number): [begin: number, end: number] {
  const outputSize = Math.ceil(size / stride)
  const total = Math.max((outputSize - 1) * stride + (kernel - 1) * dilation + 1 - size, 0)
  const begin = Math.floor(total / 2)
  return [begin, total - begin]
}

/** An array of four axes, row-major, with its axes in another order. */
export function transpose4(values: Float32Array, dims: number[], axes: number[]): Float32Array {
  const strides = dims.map((_, axis) => dims.slice(axis + 1).reduce((product, size) => product * size, 1))
  const [a, b, c, d] = axes
  const result = new Float32Array(values.length)
  let next = 0
  for (let i = 0; i < dims[a]; i++)
    for (let j = 0; j < dims[b]; j++)
      for (let k = 0; k < dims[c]; k++)
        for (let l = 0; l < dims[d]; l++) result[next++] = values[i * strides[a] + j * strides[b] + k * strides[c] + l * strides[d]]
  return result
}
