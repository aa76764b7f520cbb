/**
 * A TFLite file's first subgraph as plain values. Field numbers are those of the public schema (tensorflow/lite/schema/schema.fbs).
 */
import { AppError } from '#shared/errors.ts'
import { rootTable, type Table } from './flatbuffer-table.ts'

/** The operators and the tensor types that the converter knows, by their numbers in the schema. */
const builtinOperators: Record<number, OperatorCode> = {
  0: 'ADD',
  2: 'CONCATENATION',
  3: 'CONV_2D',
  4: 'DEPTHWISE_CONV_2D',
  6: 'DEQUANTIZE',
  22: 'RESHAPE',
}
export type OperatorCode = 'ADD' | 'CONCATENATION' | 'CONV_2D' | 'DEPTHWISE_CONV_2D' | 'DEQUANTIZE' | 'RESHAPE'

export type TfliteType = 'float32' | 'float16' | 'int32' | 'other'
const tensorTypes: Record<number, TfliteType> = { 0: 'float32', 1: 'float16', 2: 'int32' }

export interface TfliteTensor {
  index: number
  name: string
  type: TfliteType
  /** images are [n, height, width, channels] */
  shape: number[]
  /** the constant's bytes, empty for a computed tensor */
  data: Uint8Array
}

export interface TfliteOperator {
  code: OperatorCode
  inputs: number[]
  outputs: number[]
  /** the operator's own options table, undefined where it has none */
  options: Table | undefined
}

export interface TfliteModel {
  tensors: TfliteTensor[]
  operators: TfliteOperator[]
  inputs: number[]
  outputs: number[]
}

const field = {
  model: { operatorCodes: 1, subgraphs: 2, buffers: 4 },
  operatorCode: { deprecatedBuiltinCode: 0, builtinCode: 3 },
  subgraph: { tensors: 0, inputs: 1, outputs: 2, operators: 3 },
  tensor: { shape: 0, type: 1, buffer: 2, name: 3 },
  operator: { opcodeIndex: 0, inputs: 1, outputs: 2, options: 4 },
  buffer: { data: 0 },
} as const

/** Reads a TFLite file. Throws AppError `bad-input` when it is none or uses an operator that the converter does not know. */
export function readTflite(bytes: Uint8Array): TfliteModel {
  if (new TextDecoder('latin1').decode(bytes.subarray(4, 8)) !== 'TFL3') throw new AppError('bad-input', 'The file is not a TFLite model.')
  const model = rootTable(bytes)
  const [subgraph] = model.tables(field.model.subgraphs)
  const buffers = model.tables(field.model.buffers)
  const codes = model.tables(field.model.operatorCodes).map(operatorCode)
  return {
    tensors: subgraph.tables(field.subgraph.tensors).map((tensor, index) => ({
      index,
      name: tensor.text(field.tensor.name),
      type: tensorTypes[tensor.int8(field.tensor.type)] ?? 'other',
      shape: tensor.int32s(field.tensor.shape),
      data: buffers[tensor.uint32(field.tensor.buffer)].bytes(field.buffer.data),
    })),
    operators: subgraph.tables(field.subgraph.operators).map((operator) => ({
      code: codes[operator.uint32(field.operator.opcodeIndex)],
      inputs: operator.int32s(field.operator.inputs),
      outputs: operator.int32s(field.operator.outputs),
      options: operator.table(field.operator.options),
    })),
    inputs: subgraph.int32s(field.subgraph.inputs),
    outputs: subgraph.int32s(field.subgraph.outputs),
  }
}

function operatorCode(table: Table): OperatorCode {
  // The code's first field was one byte; the schema says to take the larger of the old and the new one.
  const { deprecatedBuiltinCode, builtinCode } = field.operatorCode
  const code = Math.max(table.int8(deprecatedBuiltinCode), table.int32(builtinCode))
  const known = builtinOperators[code]
  if (known === undefined) throw new AppError('bad-input', `The TFLite operator number ${code} is not one that Capstan converts.`)
  return known
}
