/**
 * TensorFlow.js → ONNX, for convolutional networks. Images change from [n, height, width, channels] to [n, channels, height, width]; the
 * batch size becomes free. What stands before the named input (decoding, resizing) is left out.
 */
import { AppError } from '#shared/errors.ts'
import { floatTensor, integer, integers, node as piece } from '#engine/graph/onnx/onnx-pieces.ts'
import { onnxDataTypes, type OnnxAttribute, type OnnxGraph, type OnnxNode, type OnnxTensor } from '#engine/graph/onnx/onnx-model.ts'
import { samePads, transpose4 } from '../tensorflow-layout.ts'
import type { GraphModel, GraphModelNode } from './graph-model.ts'

/** Where the image enters, and which nodes come out. */
export interface NamedNodes {
  input: { node: string; name: string; size: number }
  /** ONNX name → node; all are images */
  outputs: Record<string, string>
}

interface Image {
  name: string
  channels: number
  /** height and width: these networks see squares */
  size: number
}

interface Conversion {
  model: GraphModel
  nodes: OnnxNode[]
  initializers: Map<string, OnnxTensor>
  images: Map<string, Image>
}

/** The ONNX graph of the nodes that the outputs need, its outputs [n, channels, size, size]. Throws AppError `bad-input` on what it cannot convert. */
export function convertGraphModel(model: GraphModel, named: NamedNodes): OnnxGraph {
  const { input } = named
  const conversion: Conversion = { model, nodes: [], initializers: new Map(), images: new Map() }
  conversion.images.set(input.node, { name: input.name, channels: 3, size: input.size })
  const outputs = Object.entries(named.outputs).map(([name, node]) => {
    const image = convertNode(conversion, node)
    addNode(conversion, 'Identity', [image.name], name)
    return { name, dataType: onnxDataTypes.float32, shape: ['n', image.channels, image.size, image.size] }
  })
  return {
    name: 'tensorflow-js',
    nodes: conversion.nodes,
    initializers: [...conversion.initializers.values()],
    inputs: [{ name: input.name, dataType: onnxDataTypes.float32, shape: ['n', 3, input.size, input.size] }],
    outputs,
  }
}

/** Converts a node after those that it needs, each once. */
function convertNode(conversion: Conversion, name: string): Image {
  const known = conversion.images.get(name)
  if (known) return known
  const node = conversion.model.nodes.get(name)
  if (node === undefined) throw unsupported(`the node "${name}", which is not there`)
  const image = convertOperator(conversion, node)
  conversion.images.set(name, image)
  return image
}

function convertOperator(conversion: Conversion, node: GraphModelNode): Image {
  switch (node.op) {
    case 'Conv2D':
      return convertConvolution(conversion, node, false)
    case 'DepthwiseConv2dNative':
      return convertConvolution(conversion, node, true)
    case 'FusedBatchNorm':
      return convertBatchNorm(conversion, node)
    case 'Relu6':
      return derived(conversion, node, 'Clip', [scalar(conversion, 0), scalar(conversion, 6)])
    case 'BiasAdd':
    case 'Add':
    case 'Mul':
    case 'AddN':
      return convertArithmetic(conversion, node)
    default:
      throw unsupported(`the operation ${node.op} ("${node.name}")`)
  }
}

/** Conv2D's weights are [height, width, in, out], DepthwiseConv2dNative's [height, width, in, 1]; ONNX wants [out, in / groups, height, width]. */
function convertConvolution(conversion: Conversion, node: GraphModelNode, depthwise: boolean): Image {
  const source = convertNode(conversion, node.inputs[0])
  const { shape, values } = weightOf(conversion, node.inputs[1])
  const [height, width, inputs, outputs] = shape
  const axes = depthwise ? [2, 3, 0, 1] : [3, 2, 0, 1]
  const weight = addConstant(
    conversion,
    node.inputs[1],
    axes.map((axis) => shape[axis]),
    transpose4(values, shape, axes),
  )
  const stride = Number(node.attributes.strides.list?.i[1] ?? 1)
  const same = text(node, 'padding') === 'SAME'
  if (Number(node.attributes.dilations?.list?.i[1] ?? 1) !== 1) throw unsupported(`a dilated convolution ("${node.name}")`)
  const [begin, end] = same ? samePads(source.size, height, stride, 1) : [0, 0]
  addNode(conversion, 'Conv', [source.name, weight], node.name, {
    kernel_shape: integers(height, width),
    strides: integers(stride, stride),
    pads: integers(begin, begin, end, end),
    group: integer(depthwise ? inputs : 1),
  })
  const size = Math.floor((source.size + begin + end - height) / stride) + 1
  return { name: node.name, channels: depthwise ? inputs : outputs, size }
}

function convertBatchNorm(conversion: Conversion, node: GraphModelNode): Image {
  const parameters = node.inputs.slice(1).map((name) => addConstant(conversion, name, weightOf(conversion, name).shape, weightOf(conversion, name).values))
  return derived(conversion, node, 'BatchNormalization', parameters, { epsilon: { kind: 'float', value: node.attributes.epsilon.f ?? 1e-3 } })
}

/** Sums and products of images, and of an image with one value per channel. */
function convertArithmetic(conversion: Conversion, node: GraphModelNode): Image {
  const opType = node.op === 'Mul' ? 'Mul' : 'Add'
  const [first, ...others] = node.inputs.map((name) => {
    const weight = conversion.model.weights.get(name)
    if (weight === undefined) return convertNode(conversion, name).name
    return addConstant(conversion, name, [weight.values.length, 1, 1], weight.values)
  })
  others.reduce((left, right, index) => {
    const output = index === others.length - 1 ? node.name : `${node.name}/${index}`
    addNode(conversion, opType, [left, right], output)
    return output
  }, first)
  const image = node.inputs.find((name) => conversion.images.has(name))
  if (image === undefined) throw unsupported(`arithmetic without an image ("${node.name}")`)
  return { ...convertNode(conversion, image), name: node.name }
}

/** A node that keeps its image's shape. */
function derived(conversion: Conversion, node: GraphModelNode, opType: string, parameters: string[], attributes: Record<string, OnnxAttribute> = {}): Image {
  const source = convertNode(conversion, node.inputs[0])
  addNode(conversion, opType, [source.name, ...parameters], node.name, attributes)
  return { ...source, name: node.name }
}

function addNode(conversion: Conversion, opType: string, inputs: string[], output: string, attributes: Record<string, OnnxAttribute> = {}): void {
  conversion.nodes.push(piece(opType, inputs, output, attributes))
}

function addConstant(conversion: Conversion, name: string, dims: number[], values: Float32Array): string {
  const unique = `${name}:${dims.join('x')}`
  conversion.initializers.set(unique, floatTensor(unique, dims, values))
  return unique
}

function scalar(conversion: Conversion, value: number): string {
  return addConstant(conversion, `limit_${value}`, [], Float32Array.of(value))
}

function weightOf(conversion: Conversion, name: string): { shape: number[]; values: Float32Array } {
  const weight = conversion.model.weights.get(name)
  if (weight === undefined) throw unsupported(`computed weights ("${name}")`)
  return weight
}

function text(node: GraphModelNode, attribute: string): string {
  return String.fromCharCode(...(node.attributes[attribute]?.s ?? []))
}

function unsupported(what: string): AppError {
  return new AppError('bad-input', `The TensorFlow.js model uses ${what}, which Capstan does not convert.`)
}
