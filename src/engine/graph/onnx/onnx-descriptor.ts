/**
 * The part of the public ONNX protobuf schema (onnx.proto, IR version 3 and later) that Capstan reads and writes, as a protobufjs
 * descriptor. Messages that are only carried along (local functions, sparse tensors) are declared as bytes: same wire format, untouched.
 */
import type { INamespace } from 'protobufjs'

export const onnxDescriptor: INamespace = {
  nested: {
    ModelProto: {
      fields: {
        irVersion: { id: 1, type: 'int64' },
        producerName: { id: 2, type: 'string' },
        producerVersion: { id: 3, type: 'string' },
        graph: { id: 7, type: 'GraphProto' },
        opsetImport: { id: 8, type: 'OperatorSetIdProto', rule: 'repeated' },
        metadataProps: { id: 14, type: 'StringStringEntryProto', rule: 'repeated' },
        functions: { id: 25, type: 'bytes', rule: 'repeated' },
      },
    },
    OperatorSetIdProto: { fields: { domain: { id: 1, type: 'string' }, version: { id: 2, type: 'int64' } } },
    StringStringEntryProto: { fields: { key: { id: 1, type: 'string' }, value: { id: 2, type: 'string' } } },
    GraphProto: {
      fields: {
        node: { id: 1, type: 'NodeProto', rule: 'repeated' },
        name: { id: 2, type: 'string' },
        initializer: { id: 5, type: 'TensorProto', rule: 'repeated' },
        sparseInitializer: { id: 15, type: 'bytes', rule: 'repeated' },
        input: { id: 11, type: 'ValueInfoProto', rule: 'repeated' },
        output: { id: 12, type: 'ValueInfoProto', rule: 'repeated' },
      },
    },
    NodeProto: {
      fields: {
        input: { id: 1, type: 'string', rule: 'repeated' },
        output: { id: 2, type: 'string', rule: 'repeated' },
        name: { id: 3, type: 'string' },
        opType: { id: 4, type: 'string' },
        attribute: { id: 5, type: 'AttributeProto', rule: 'repeated' },
        domain: { id: 7, type: 'string' },
        overload: { id: 8, type: 'string' },
      },
    },
    AttributeProto: {
      fields: {
        name: { id: 1, type: 'string' },
        f: { id: 2, type: 'float' },
        i: { id: 3, type: 'int64' },
        s: { id: 4, type: 'bytes' },
        t: { id: 5, type: 'TensorProto' },
        g: { id: 6, type: 'GraphProto' },
        floats: { id: 7, type: 'float', rule: 'repeated', options: { packed: false } },
        ints: { id: 8, type: 'int64', rule: 'repeated', options: { packed: false } },
        strings: { id: 9, type: 'bytes', rule: 'repeated' },
        type: { id: 20, type: 'int32' },
        refAttrName: { id: 21, type: 'string' },
      },
    },
    TensorProto: {
      fields: {
        dims: { id: 1, type: 'int64', rule: 'repeated', options: { packed: false } },
        dataType: { id: 2, type: 'int32' },
        floatData: { id: 4, type: 'float', rule: 'repeated', options: { packed: true } },
        int32Data: { id: 5, type: 'int32', rule: 'repeated', options: { packed: true } },
        stringData: { id: 6, type: 'bytes', rule: 'repeated' },
        int64Data: { id: 7, type: 'int64', rule: 'repeated', options: { packed: true } },
        name: { id: 8, type: 'string' },
        rawData: { id: 9, type: 'bytes' },
        doubleData: { id: 10, type: 'double', rule: 'repeated', options: { packed: true } },
        externalData: { id: 13, type: 'StringStringEntryProto', rule: 'repeated' },
        dataLocation: { id: 14, type: 'int32' },
      },
    },
    ValueInfoProto: { fields: { name: { id: 1, type: 'string' }, type: { id: 2, type: 'TypeProto' } } },
    TypeProto: { fields: { tensorType: { id: 1, type: 'TensorTypeProto' } } },
    TensorTypeProto: { fields: { elemType: { id: 1, type: 'int32' }, shape: { id: 2, type: 'TensorShapeProto' } } },
    TensorShapeProto: { fields: { dim: { id: 1, type: 'DimensionProto', rule: 'repeated' } } },
    DimensionProto: { fields: { dimValue: { id: 1, type: 'int64' }, dimParam: { id: 2, type: 'string' } } },
  },
}
