/**
 * The public ONNX schema (onnx.proto3, IR version 10) as a protobufjs descriptor: the messages that inference models are made of.
 * Fields keep ONNX's own names and numbers.
 */
import protobuf from 'protobufjs/light.js'

type Field = readonly [name: string, id: number, type: string]

const optional = (...fields: readonly Field[]) => Object.fromEntries(fields.map(([name, id, type]) => [name, { id, type }]))
const repeated = (...fields: readonly Field[]) =>
  Object.fromEntries(fields.map(([name, id, type]) => [name, { id, type, rule: 'repeated' }]))

const messages = {
  ModelProto: {
    fields: {
      ...optional(['ir_version', 1, 'int64'], ['producer_name', 2, 'string'], ['producer_version', 3, 'string'], ['domain', 4, 'string']),
      ...optional(['model_version', 5, 'int64'], ['doc_string', 6, 'string'], ['graph', 7, 'GraphProto']),
      ...repeated(['opset_import', 8, 'OperatorSetIdProto'], ['metadata_props', 14, 'StringStringEntryProto']),
      ...repeated(['functions', 25, 'FunctionProto']),
    },
  },
  OperatorSetIdProto: { fields: optional(['domain', 1, 'string'], ['version', 2, 'int64']) },
  StringStringEntryProto: { fields: optional(['key', 1, 'string'], ['value', 2, 'string']) },
  FunctionProto: {
    fields: {
      ...optional(['name', 1, 'string'], ['doc_string', 8, 'string'], ['domain', 10, 'string'], ['overload', 13, 'string']),
      ...repeated(['input', 4, 'string'], ['output', 5, 'string'], ['attribute', 6, 'string'], ['attribute_proto', 11, 'AttributeProto']),
      ...repeated(['node', 7, 'NodeProto'], ['opset_import', 9, 'OperatorSetIdProto'], ['value_info', 12, 'ValueInfoProto']),
      ...repeated(['metadata_props', 14, 'StringStringEntryProto']),
    },
  },
  GraphProto: {
    fields: {
      ...repeated(['node', 1, 'NodeProto'], ['initializer', 5, 'TensorProto'], ['input', 11, 'ValueInfoProto']),
      ...repeated(['output', 12, 'ValueInfoProto'], ['value_info', 13, 'ValueInfoProto'], ['sparse_initializer', 15, 'SparseTensorProto']),
      ...repeated(['quantization_annotation', 14, 'TensorAnnotation'], ['metadata_props', 16, 'StringStringEntryProto']),
      ...optional(['name', 2, 'string'], ['doc_string', 10, 'string']),
    },
  },
  TensorAnnotation: {
    fields: {
      ...optional(['tensor_name', 1, 'string']),
      ...repeated(['quant_parameter_tensor_names', 2, 'StringStringEntryProto']),
    },
  },
  NodeProto: {
    fields: {
      ...repeated(['input', 1, 'string'], ['output', 2, 'string'], ['attribute', 5, 'AttributeProto']),
      ...optional(['name', 3, 'string'], ['op_type', 4, 'string'], ['doc_string', 6, 'string'], ['domain', 7, 'string']),
      ...optional(['overload', 8, 'string']),
      ...repeated(['metadata_props', 9, 'StringStringEntryProto']),
    },
  },
  AttributeProto: {
    fields: {
      ...optional(['name', 1, 'string'], ['ref_attr_name', 21, 'string'], ['doc_string', 13, 'string'], ['type', 20, 'int32']),
      ...optional(['f', 2, 'float'], ['i', 3, 'int64'], ['s', 4, 'bytes'], ['t', 5, 'TensorProto'], ['g', 6, 'GraphProto']),
      ...optional(['tp', 14, 'TypeProto'], ['sparse_tensor', 22, 'SparseTensorProto']),
      ...repeated(['floats', 7, 'float'], ['ints', 8, 'int64'], ['strings', 9, 'bytes'], ['tensors', 10, 'TensorProto']),
      ...repeated(['graphs', 11, 'GraphProto'], ['type_protos', 15, 'TypeProto'], ['sparse_tensors', 23, 'SparseTensorProto']),
    },
  },
  TensorProto: {
    fields: {
      ...repeated(['dims', 1, 'int64'], ['float_data', 4, 'float'], ['int32_data', 5, 'int32'], ['string_data', 6, 'bytes']),
      ...repeated(['int64_data', 7, 'int64'], ['double_data', 10, 'double'], ['uint64_data', 11, 'uint64']),
      ...repeated(['external_data', 13, 'StringStringEntryProto'], ['metadata_props', 16, 'StringStringEntryProto']),
      ...optional(['data_type', 2, 'int32'], ['name', 8, 'string'], ['doc_string', 12, 'string'], ['raw_data', 9, 'bytes']),
      ...optional(['data_location', 14, 'int32'], ['segment', 3, 'Segment']),
    },
    nested: { Segment: { fields: optional(['begin', 1, 'int64'], ['end', 2, 'int64']) } },
  },
  SparseTensorProto: {
    fields: { ...optional(['values', 1, 'TensorProto'], ['indices', 2, 'TensorProto']), ...repeated(['dims', 3, 'int64']) },
  },
  ValueInfoProto: {
    fields: {
      ...optional(['name', 1, 'string'], ['type', 2, 'TypeProto'], ['doc_string', 3, 'string']),
      ...repeated(['metadata_props', 4, 'StringStringEntryProto']),
    },
  },
  TypeProto: {
    oneofs: { value: { oneof: ['tensor_type', 'sequence_type', 'map_type', 'sparse_tensor_type', 'optional_type'] } },
    fields: {
      ...optional(['tensor_type', 1, 'Tensor'], ['sequence_type', 4, 'Sequence'], ['map_type', 5, 'Map'], ['denotation', 6, 'string']),
      ...optional(['sparse_tensor_type', 8, 'Tensor'], ['optional_type', 9, 'Sequence']),
    },
    nested: {
      Tensor: { fields: optional(['elem_type', 1, 'int32'], ['shape', 2, 'TensorShapeProto']) },
      Sequence: { fields: optional(['elem_type', 1, 'TypeProto']) },
      Map: { fields: optional(['key_type', 1, 'int32'], ['value_type', 2, 'TypeProto']) },
    },
  },
  TensorShapeProto: {
    fields: repeated(['dim', 1, 'Dimension']),
    nested: {
      Dimension: {
        oneofs: { value: { oneof: ['dim_value', 'dim_param'] } },
        fields: optional(['dim_value', 1, 'int64'], ['dim_param', 2, 'string'], ['denotation', 3, 'string']),
      },
    },
  },
}

const root = protobuf.Root.fromJSON({ nested: { onnx: { nested: messages } } })

/** The message that an .onnx file holds. */
export const modelMessage = root.lookupType('onnx.ModelProto')

/** ONNX's numbers for element types (TensorProto.DataType). */
export const elementTypeNumbers = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
} as const

/** ONNX's numbers for attribute types (AttributeProto.AttributeType). */
export const attributeTypeNumbers = { float: 1, int: 2, string: 3, floats: 6, ints: 7 } as const

export const irVersion = 10
export const operatorSetVersion = 21
