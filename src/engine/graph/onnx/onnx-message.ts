/** Between the values of `onnx-model.ts` and the protobuf messages of `onnx-descriptor.ts`. */
import { z } from 'zod'
import { AppError } from '#shared/errors.ts'
import type { OnnxAttribute, OnnxGraph, OnnxModel, OnnxNode, OnnxTensor, OnnxValue } from './onnx-model.ts'

const bytes = z.instanceof(Uint8Array)
const entry = z.object({ key: z.string().default(''), value: z.string().default('') })

const tensorMessage = z.object({
  name: z.string().default(''),
  dims: z.array(z.number()),
  dataType: z.number().default(0),
  rawData: bytes.optional(),
  floatData: z.array(z.number()),
  int32Data: z.array(z.number()),
  int64Data: z.array(z.number()),
  doubleData: z.array(z.number()),
  stringData: z.array(bytes),
  externalData: z.array(entry),
  dataLocation: z.number().default(0),
})

const valueMessage = z.object({
  name: z.string().default(''),
  type: z
    .object({
      tensorType: z
        .object({
          elemType: z.number().default(0),
          shape: z.object({ dim: z.array(z.object({ dimValue: z.number().optional(), dimParam: z.string().optional() })) }).optional(),
        })
        .optional(),
    })
    .optional(),
})

const attributeMessage = z.object({
  name: z.string().default(''),
  type: z.number().default(0),
  f: z.number().optional(),
  i: z.number().optional(),
  s: bytes.optional(),
  t: tensorMessage.optional(),
  get g() {
    return graphMessage.optional()
  },
  floats: z.array(z.number()),
  ints: z.array(z.number()),
  strings: z.array(bytes),
})

const nodeMessage = z.object({
  opType: z.string(),
  domain: z.string().default(''),
  name: z.string().default(''),
  input: z.array(z.string()),
  output: z.array(z.string()),
  attribute: z.array(attributeMessage),
})

const graphMessage = z.object({
  name: z.string().default(''),
  get node() {
    return z.array(nodeMessage)
  },
  input: z.array(valueMessage),
  output: z.array(valueMessage),
  initializer: z.array(tensorMessage),
  sparseInitializer: z.array(bytes),
})

export const modelMessageSchema = z.object({
  irVersion: z.number(),
  producerName: z.string().default(''),
  opsetImport: z.array(z.object({ domain: z.string().default(''), version: z.number().default(0) })),
  metadataProps: z.array(entry),
  graph: graphMessage,
  functions: z.array(bytes),
})

type TensorMessage = z.infer<typeof tensorMessage>
type ValueMessage = z.infer<typeof valueMessage>
type AttributeMessage = z.infer<typeof attributeMessage>
type GraphMessage = z.infer<typeof graphMessage>
type ModelMessage = z.infer<typeof modelMessageSchema>

const utf8Encoder = new TextEncoder()
const utf8Decoder = new TextDecoder()

/** AttributeProto.AttributeType values. */
const attributeTypes = { float: 1, int: 2, string: 3, tensor: 4, graph: 5, floats: 6, ints: 7, strings: 8 } as const

export function modelToMessage(model: OnnxModel): Record<string, unknown> {
  return {
    irVersion: model.irVersion,
    producerName: model.producerName ?? 'capstan',
    opsetImport: model.opsets,
    metadataProps: Object.entries(model.metadata ?? {}).map(([key, value]) => ({ key, value })),
    graph: graphToMessage(model.graph),
    functions: model.functions ?? [],
  }
}

function graphToMessage(graph: OnnxGraph): Record<string, unknown> {
  return {
    name: graph.name,
    node: graph.nodes.map(nodeToMessage),
    input: graph.inputs.map(valueToMessage),
    output: graph.outputs.map(valueToMessage),
    initializer: graph.initializers.map(tensorToMessage),
    sparseInitializer: graph.sparseInitializers ?? [],
  }
}

function nodeToMessage(node: OnnxNode): Record<string, unknown> {
  return {
    opType: node.opType,
    domain: node.domain ?? '',
    name: node.name,
    input: node.inputs,
    output: node.outputs,
    attribute: Object.entries(node.attributes).map(([name, attribute]) => attributeToMessage(name, attribute)),
  }
}

function attributeToMessage(name: string, attribute: OnnxAttribute): Record<string, unknown> {
  const message = { name, type: attributeTypes[attribute.kind] }
  switch (attribute.kind) {
    case 'float':
      return { ...message, f: attribute.value }
    case 'int':
      return { ...message, i: attribute.value }
    case 'string':
      return { ...message, s: utf8Encoder.encode(attribute.value) }
    case 'tensor':
      return { ...message, t: tensorToMessage(attribute.value) }
    case 'graph':
      return { ...message, g: graphToMessage(attribute.value) }
    case 'floats':
      return { ...message, floats: attribute.value }
    case 'ints':
      return { ...message, ints: attribute.value }
    case 'strings':
      return { ...message, strings: attribute.value.map((text) => utf8Encoder.encode(text)) }
  }
}

function tensorToMessage(tensor: OnnxTensor): Record<string, unknown> {
  const { name, dims, dataType, external } = tensor
  if (external === undefined) return { name, dims, dataType, rawData: tensor.rawData }
  const externalData = [
    { key: 'location', value: external.location },
    { key: 'offset', value: String(external.offset) },
    ...(external.length === undefined ? [] : [{ key: 'length', value: String(external.length) }]),
  ]
  return { name, dims, dataType, externalData, dataLocation: 1 }
}

function valueToMessage(value: OnnxValue): Record<string, unknown> {
  if (value.dataType === 0 && value.shape === undefined) return { name: value.name } // onnxruntime infers its type
  const dim = value.shape?.map((size) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size }))
  return { name: value.name, type: { tensorType: { elemType: value.dataType, ...(dim && { shape: { dim } }) } } }
}

export function modelFromMessage(message: ModelMessage): OnnxModel {
  return {
    irVersion: message.irVersion,
    opsets: message.opsetImport,
    producerName: message.producerName,
    metadata: Object.fromEntries(message.metadataProps.map(({ key, value }) => [key, value])),
    graph: graphFromMessage(message.graph),
    functions: message.functions,
  }
}

function graphFromMessage(graph: GraphMessage): OnnxGraph {
  return {
    name: graph.name,
    nodes: graph.node.map((node) => ({
      opType: node.opType,
      domain: node.domain,
      name: node.name,
      inputs: node.input,
      outputs: node.output,
      attributes: Object.fromEntries(node.attribute.map((attribute) => [attribute.name, attributeFromMessage(attribute)])),
    })),
    inputs: graph.input.map(valueFromMessage),
    outputs: graph.output.map(valueFromMessage),
    initializers: graph.initializer.map(tensorFromMessage),
    sparseInitializers: graph.sparseInitializer,
  }
}

function attributeFromMessage(message: AttributeMessage): OnnxAttribute {
  switch (message.type) {
    case attributeTypes.float:
      return { kind: 'float', value: message.f ?? 0 }
    case attributeTypes.int:
      return { kind: 'int', value: message.i ?? 0 }
    case attributeTypes.string:
      return { kind: 'string', value: utf8Decoder.decode(message.s) }
    case attributeTypes.tensor:
      if (message.t) return { kind: 'tensor', value: tensorFromMessage(message.t) }
      break
    case attributeTypes.graph:
      if (message.g) return { kind: 'graph', value: graphFromMessage(message.g) }
      break
    case attributeTypes.floats:
      return { kind: 'floats', value: message.floats }
    case attributeTypes.ints:
      return { kind: 'ints', value: message.ints }
    case attributeTypes.strings:
      return { kind: 'strings', value: message.strings.map((text) => utf8Decoder.decode(text)) }
  }
  throw new AppError('bad-input', `The ONNX attribute "${message.name}" is of a kind (${message.type}) that Capstan does not read.`)
}

function tensorFromMessage(message: TensorMessage): OnnxTensor {
  const { name, dims, dataType } = message
  if (message.dataLocation !== 1) return { name, dims, dataType, rawData: message.rawData ?? packTypedData(message) }
  const fields = new Map(message.externalData.map(({ key, value }) => [key, value]))
  const length = fields.get('length')
  const external = {
    location: fields.get('location') ?? '',
    offset: Number(fields.get('offset') ?? 0),
    length: length === undefined ? undefined : Number(length),
  }
  return { name, dims, dataType, rawData: new Uint8Array(0), external }
}

/** Elements that came in typed fields instead of `raw_data`; the spec says which field each data type uses. */
function packTypedData(message: TensorMessage): Uint8Array {
  if (message.stringData.length > 0) throw new AppError('bad-input', `The ONNX constant "${message.name}" holds text, which Capstan does not read.`)
  const pack = (array: { buffer: ArrayBuffer }): Uint8Array => new Uint8Array(array.buffer)
  if (message.floatData.length > 0) return pack(Float32Array.from(message.floatData))
  if (message.int64Data.length > 0) return pack(BigInt64Array.from(message.int64Data, BigInt))
  if (message.doubleData.length > 0) return pack(Float64Array.from(message.doubleData))
  if (message.dataType === 6) return pack(Int32Array.from(message.int32Data))
  const halfWord = [4, 5, 10, 16].includes(message.dataType) // uint16, int16, float16, bfloat16
  return halfWord ? pack(Uint16Array.from(message.int32Data)) : pack(Uint8Array.from(message.int32Data))
}

function valueFromMessage(message: ValueMessage): OnnxValue {
  const tensorType = message.type?.tensorType
  const shape = tensorType?.shape?.dim.map(({ dimValue, dimParam }) => dimValue ?? dimParam ?? '?')
  return { name: message.name, dataType: tensorType?.elemType ?? 0, shape }
}
