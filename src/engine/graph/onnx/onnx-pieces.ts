/** What exported graphs are put together from: nodes with one output, and constants. */
import { onnxDataTypes, type OnnxAttribute, type OnnxNode, type OnnxTensor } from './onnx-model.ts'

export interface OnnxPieces {
  nodes: OnnxNode[]
  constants: OnnxTensor[]
}

export const integers = (...value: number[]): OnnxAttribute => ({ kind: 'ints', value })
export const integer = (value: number): OnnxAttribute => ({ kind: 'int', value })
export const text = (value: string): OnnxAttribute => ({ kind: 'string', value })

export function node(opType: string, inputs: string[], output: string, attributes: Record<string, OnnxAttribute> = {}): OnnxNode {
  return { opType, name: output, inputs, outputs: [output], attributes }
}

export function floatTensor(name: string, dims: number[], values: Float32Array): OnnxTensor {
  return { name, dataType: onnxDataTypes.float32, dims, rawData: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) }
}

export function integerTensor(name: string, values: readonly number[]): OnnxTensor {
  return { name, dataType: onnxDataTypes.int64, dims: [values.length], rawData: new Uint8Array(BigInt64Array.from(values, BigInt).buffer) }
}
