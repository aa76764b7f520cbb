/** A small network for probing a provider: the operators that captioners are made of, with fixed weights. */
import { onnxDataTypes, type OnnxNode, type OnnxTensor } from '#engine/graph/onnx/onnx-model.ts'
import { encodeModel } from '#engine/graph/onnx/onnx-proto.ts'

export const probeRows = 8
export const probeWidth = 64

/** x [8, 64] → y [8, 64]: matrix product, activation, residual, layer normalisation, softmax. */
export function probeModel(): Uint8Array {
  const { float32 } = onnxDataTypes
  const tensor = (name: string, dims: number[], seed: number): OnnxTensor => {
    const length = dims.reduce((product, size) => product * size, 1)
    return { name, dataType: float32, dims, rawData: new Uint8Array(probeValues(length, seed).buffer) }
  }
  const node = (opType: string, inputs: string[], output: string): OnnxNode => ({ opType, name: output, inputs, outputs: [output], attributes: {} })
  return encodeModel({
    irVersion: 8,
    opsets: [{ domain: '', version: 17 }],
    graph: {
      name: 'probe',
      inputs: [{ name: 'x', dataType: float32, shape: [probeRows, probeWidth] }],
      outputs: [{ name: 'y', dataType: float32, shape: [probeRows, probeWidth] }],
      initializers: [
        tensor('weight', [probeWidth, probeWidth], 1),
        tensor('bias', [probeWidth], 2),
        tensor('gain', [probeWidth], 3),
        tensor('shift', [probeWidth], 4),
      ],
      nodes: [
        node('MatMul', ['x', 'weight'], 'product'),
        node('Add', ['product', 'bias'], 'hidden'),
        node('Relu', ['hidden'], 'active'),
        node('Add', ['active', 'x'], 'residual'),
        node('LayerNormalization', ['residual', 'gain', 'shift'], 'normal'),
        node('Softmax', ['normal'], 'y'),
      ],
    },
  })
}

/** Numbers in −1 … 1 that are the same everywhere. */
export function probeValues(length: number, seed: number): Float32Array {
  return Float32Array.from({ length }, (_, index) => Math.sin((index + 1) * 12.9898 + seed * 78.233))
}
