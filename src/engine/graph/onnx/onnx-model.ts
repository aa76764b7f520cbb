/**
 * ONNX models as plain TypeScript values. They mirror the public schema (onnx.proto) with the field's own words; every tensor's elements are
 * little-endian `rawData`.
 */

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
