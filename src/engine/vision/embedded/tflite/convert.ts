/**
 * TFLite → ONNX. Images change from [n, height, width, channels] to [n, channels, height, width]; float16 weights behind DEQUANTIZE
 * become float32 constants; the batch size becomes free.
 */
import { AppError } from '#shared/errors.ts'
import { floatTensor, integer, integers, node } from '#engine/graph/onnx/onnx-pieces.ts'
import { onnxDataTypes, type OnnxAttribute, type OnnxGraph, type OnnxNode, type OnnxTensor } from '#engine/graph/onnx/onnx-model.ts'
import { decodeFloat16 } from '#engine/numerics/float16.ts'
import { samePads, transpose4 } from '../tensorflow-layout.ts'
import type { Table } from './flatbuffer-table.ts'
import type { TfliteModel, TfliteOperator, TfliteTensor } from './tflite-model.ts'

/** Which tensor of the file gets which name in the ONNX graph. */
export interface NamedTensors {
  input: string
  /** ONNX name → TFLite tensor index; images come out as [n, channels, height, width] */
  outputs: Record<string, number>
}

/** Numbers of the fields in the operators' option tables (schema.fbs: Conv2DOptions, DepthwiseConv2DOptions, …). */
const conv2d = { padding: 0, strideWidth: 1, strideHeight: 2, activation: 3, dilationWidth: 4, dilationHeight: 5 } as const
const depthwiseConv2d = { padding: 0, strideWidth: 1, strideHeight: 2, activation: 4, dilationWidth: 5, dilationHeight: 6 } as const
const add = { activation: 0 } as const
const concatenation = { axis: 0, activation: 1 } as const
const samePadding = 0
const activations = { none: 0, relu: 1, relu6: 3 } as const

interface Conversion {
  model: TfliteModel
  nodes: OnnxNode[]
  initializers: OnnxTensor[]
  /** the ONNX name of each computed TFLite tensor */
  names: Map<number, string>
  /** tensors that are [n, channels, height, width] in the ONNX graph */
  images: Set<number>
  /** constants behind DEQUANTIZE: output index → float16 tensor */
  halves: Map<number, TfliteTensor>
}

/** The ONNX graph of a TFLite model with one image input. Throws AppError `bad-input` on what it cannot convert. */
export function convertTflite(model: TfliteModel, named: NamedTensors): OnnxGraph {
  const [input] = model.inputs
  const conversion: Conversion = {
    model,
    nodes: [],
    initializers: [],
    names: new Map([[input, named.input]]),
    images: new Set([input]),
    halves: new Map(),
  }
  for (const [name, index] of Object.entries(named.outputs)) conversion.names.set(index, name)
  for (const operator of model.operators) convertOperator(conversion, operator)
  return {
    name: 'tflite',
    nodes: conversion.nodes,
    initializers: conversion.initializers,
    inputs: [value(conversion, input)],
    outputs: Object.values(named.outputs).map((index) => value(conversion, index)),
  }
}

function convertOperator(conversion: Conversion, operator: TfliteOperator): void {
  switch (operator.code) {
    case 'DEQUANTIZE':
      conversion.halves.set(operator.outputs[0], conversion.model.tensors[operator.inputs[0]])
      return
    case 'CONV_2D':
      return convertConvolution(conversion, operator, conv2d)
    case 'DEPTHWISE_CONV_2D':
      return convertConvolution(conversion, operator, depthwiseConv2d)
    case 'ADD': {
      const [left, right] = operator.inputs
      if (!conversion.images.has(left) || !conversion.images.has(right)) throw unsupported('an addition of other things than two images')
      conversion.images.add(operator.outputs[0])
      return activated(conversion, operator, add.activation, (output) => {
        addNode(conversion, 'Add', [nameOf(conversion, left), nameOf(conversion, right)], output)
      })
    }
    case 'RESHAPE':
      return convertReshape(conversion, operator)
    case 'CONCATENATION': {
      if (operator.inputs.some((index) => conversion.images.has(index))) throw unsupported('a concatenation of images')
      const axis = requireOptions(operator).int32(concatenation.axis)
      return activated(conversion, operator, concatenation.activation, (output) => {
        const inputs = operator.inputs.map((index) => nameOf(conversion, index))
        addNode(conversion, 'Concat', inputs, output, { axis: integer(axis) })
      })
    }
  }
}

/** CONV_2D's weights are [out, height, width, in], DEPTHWISE_CONV_2D's [1, height, width, out]; ONNX wants [out, in / groups, height, width]. */
function convertConvolution(conversion: Conversion, operator: TfliteOperator, field: typeof conv2d | typeof depthwiseConv2d): void {
  const depthwise = operator.code === 'DEPTHWISE_CONV_2D'
  const [image, weight, bias] = operator.inputs
  const options = requireOptions(operator)
  const [, inputHeight, inputWidth, channels] = shapeOf(conversion, image)
  const [first, height, width, last] = shapeOf(conversion, weight)
  const axes = depthwise ? [3, 0, 1, 2] : [0, 3, 1, 2]
  const dims = depthwise ? [last, first, height, width] : [first, last, height, width]
  const values = constantFloats(conversion, weight)
  const weightName = addConstant(conversion, weight, dims, transpose4(values, [first, height, width, last], axes))
  const biasName = addConstant(conversion, bias, shapeOf(conversion, bias), constantFloats(conversion, bias))
  const strides = [options.int32(field.strideHeight, 1), options.int32(field.strideWidth, 1)]
  const dilations = [options.int32(field.dilationHeight, 1), options.int32(field.dilationWidth, 1)]
  const same = options.int8(field.padding) === samePadding
  const [top, bottom] = same ? samePads(inputHeight, height, strides[0], dilations[0]) : [0, 0]
  const [left, right] = same ? samePads(inputWidth, width, strides[1], dilations[1]) : [0, 0]
  conversion.images.add(operator.outputs[0])
  activated(conversion, operator, field.activation, (output) => {
    addNode(conversion, 'Conv', [nameOf(conversion, image), weightName, biasName], output, {
      kernel_shape: integers(height, width),
      strides: integers(...strides),
      dilations: integers(...dilations),
      pads: integers(top, left, bottom, right),
      group: integer(depthwise ? channels : 1),
    })
  })
}

function convertReshape(conversion: Conversion, operator: TfliteOperator): void {
  const [input] = operator.inputs
  const [output] = operator.outputs
  let source = nameOf(conversion, input)
  if (conversion.images.has(input)) {
    const channelsLast = `${source}/channels_last`
    addNode(conversion, 'Transpose', [source], channelsLast, { perm: integers(0, 2, 3, 1) })
    source = channelsLast
  }
  const shape = [0, ...shapeOf(conversion, output).slice(1)] // 0: the batch size, whatever it is
  const shapeName = `reshape_${output}`
  const rawData = new Uint8Array(BigInt64Array.from(shape, BigInt).buffer)
  conversion.initializers.push({ name: shapeName, dataType: onnxDataTypes.int64, dims: [shape.length], rawData })
  addNode(conversion, 'Reshape', [source, shapeName], nameOf(conversion, output))
}

/** Lets `build` write the operator's node, and puts its fused activation behind it. */
function activated(conversion: Conversion, operator: TfliteOperator, activationField: number, build: (output: string) => void): void {
  const output = nameOf(conversion, operator.outputs[0])
  const activation = requireOptions(operator).int8(activationField)
  if (activation === activations.none) return build(output)
  const linear = `${output}/linear`
  build(linear)
  if (activation === activations.relu) return addNode(conversion, 'Relu', [linear], output)
  if (activation !== activations.relu6) throw unsupported(`the activation number ${activation}`)
  addNode(conversion, 'Clip', [linear, limit(conversion, 0), limit(conversion, 6)], output)
}

function limit(conversion: Conversion, bound: number): string {
  const name = `limit_${bound}`
  if (!conversion.initializers.some((tensor) => tensor.name === name)) {
    const rawData = new Uint8Array(Float32Array.of(bound).buffer)
    conversion.initializers.push({ name, dataType: onnxDataTypes.float32, dims: [], rawData })
  }
  return name
}

function addNode(conversion: Conversion, opType: string, inputs: string[], output: string, attributes: Record<string, OnnxAttribute> = {}): void {
  conversion.nodes.push(node(opType, inputs, output, attributes))
}

function addConstant(conversion: Conversion, index: number, dims: number[], values: Float32Array): string {
  const name = `constant_${index}`
  conversion.initializers.push(floatTensor(name, dims, values))
  return name
}

function constantFloats(conversion: Conversion, index: number): Float32Array {
  const tensor = conversion.halves.get(index) ?? conversion.model.tensors[index]
  const bytes = new Uint8Array(tensor.data) // a copy: aligned, and not a view of the file (as Buffer.slice would be)
  if (bytes.length === 0) throw unsupported(`computed weights ("${tensor.name}")`)
  if (tensor.type === 'float32') return new Float32Array(bytes.buffer)
  if (tensor.type !== 'float16') throw unsupported(`weights that are neither float16 nor float32 ("${tensor.name}")`)
  const values = new Float32Array(bytes.length / 2)
  decodeFloat16(new Uint16Array(bytes.buffer), values)
  return values
}

function value(conversion: Conversion, index: number): OnnxGraph['inputs'][number] {
  const [, ...rest] = shapeOf(conversion, index)
  const shape = conversion.images.has(index) ? ['n', rest[2], rest[0], rest[1]] : ['n', ...rest]
  return { name: nameOf(conversion, index), dataType: onnxDataTypes.float32, shape }
}

function nameOf(conversion: Conversion, index: number): string {
  return conversion.names.get(index) ?? `tensor_${index}`
}

function shapeOf(conversion: Conversion, index: number): number[] {
  return conversion.model.tensors[index].shape
}

function requireOptions(operator: TfliteOperator): Table {
  if (operator.options === undefined) throw unsupported(`${operator.code} without options`)
  return operator.options
}

function unsupported(what: string): AppError {
  return new AppError('bad-input', `The TFLite model uses ${what}, which Capstan does not convert.`)
}
