/**
 * ONNX models as plain TypeScript values, to and from their protobuf bytes.
 * The values mirror the public schema (onnx.proto) with the field's own words; every tensor's elements are little-endian `rawData`.
 */
import protobuf from 'protobufjs/light.js'
import { AppError } from '#shared/errors.ts'
import { onnxDescriptor } from './onnx-descriptor.ts'
import { modelFromMessage, modelMessageSchema, modelToMessage } from './onnx-message.ts'

/** TensorProto.DataType values. */
export const onnxDataTypes = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
} as const

/** Where a tensor's bytes are when they are in another file (large models). */
export interface OnnxExternalData {
  location: string
  offset: number
  /** undefined: to the end of the file */
  length: number | undefined
}

/** A constant: `rawData` holds the elements row-major, little-endian (bool: one byte each). */
export interface OnnxTensor {
  name: string
  /** one of `onnxDataTypes` */
  dataType: number
  dims: number[]
  rawData: Uint8Array
  external?: OnnxExternalData
}

export type OnnxAttribute =
  | { kind: 'float'; value: number }
  | { kind: 'int'; value: number }
  | { kind: 'string'; value: string }
  | { kind: 'tensor'; value: OnnxTensor }
  | { kind: 'graph'; value: OnnxGraph }
  | { kind: 'floats'; value: number[] }
  | { kind: 'ints'; value: number[] }
  | { kind: 'strings'; value: string[] }

export interface OnnxNode {
  opType: string
  /** '' or absent: the standard operators; 'com.microsoft': onnxruntime's own */
  domain?: string
  name: string
  /** an empty string leaves an optional input out */
  inputs: string[]
  outputs: string[]
  attributes: Record<string, OnnxAttribute>
}

/** A graph input or output. A string in `shape` names a dimension that may vary; `shape` undefined: nothing is known. */
export interface OnnxValue {
  name: string
  dataType: number
  shape: (number | string)[] | undefined
}

export interface OnnxGraph {
  name: string
  nodes: OnnxNode[]
  inputs: OnnxValue[]
  outputs: OnnxValue[]
  initializers: OnnxTensor[]
  /** sparse constants, carried along as protobuf bytes */
  sparseInitializers?: Uint8Array[]
}

export interface OnnxModel {
  irVersion: number
  opsets: { domain: string; version: number }[]
  producerName?: string
  metadata?: Record<string, string>
  graph: OnnxGraph
  /** model-local functions, carried along as protobuf bytes */
  functions?: Uint8Array[]
}

const modelType = protobuf.Root.fromJSON(onnxDescriptor).resolveAll().lookupType('ModelProto')

/** The protobuf bytes of a model: what an `.onnx` file holds. */
export function encodeModel(model: OnnxModel): Uint8Array {
  return modelType.encode(modelToMessage(model)).finish()
}

/** Reads an `.onnx` file's bytes. Tensor data stay views of `bytes` where they can. Throws AppError `corrupt` when it is no ONNX model. */
export function decodeModel(bytes: Uint8Array): OnnxModel {
  try {
    const message = modelMessageSchema.parse(modelType.toObject(modelType.decode(bytes), { longs: Number, arrays: true }))
    return modelFromMessage(message)
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    throw new AppError('corrupt', 'The file is not a readable ONNX model.', { todo: 'Export or copy the model again.', cause })
  }
}
