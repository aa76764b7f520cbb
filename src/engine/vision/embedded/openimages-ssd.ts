/**
 * An embedded encoder: an SSD-MobileNetV2 trained on OpenImages that ships as TFLite inside the package `@mediapipe/objectron`
 * (Apache-2.0). It gives a 10×10 grid of features and the boxes of 23 kinds of things.
 */
import { AppError } from '#shared/errors.ts'
import { onnxDataTypes, type OnnxGraph, type OnnxNode } from '#engine/graph/onnx/onnx-model.ts'
import { encodeModel } from '#engine/graph/onnx/onnx-proto.ts'
import type { EncoderManifest } from '../encoders/encoder-manifest.ts'
import { convertTflite } from './tflite/convert.ts'
import { readTflite, type TfliteModel } from './tflite/tflite-model.ts'

export const openImagesSsdId = 'openimages-ssd'
/** Raised with every change to what the conversion gives, so that built packages are built again. */
export const openImagesSsdRevision = 2

/** The packed assets hold the label list first and the model after it (the package's loader script lists the places). */
const labelBytes = 184
const gridSize = 10
const gridWidth = 960
const anchors = 1917

/**
 * Grid features are what the second of the three inverted-residual blocks at 10×10 expands its input to: of this network's layers they tell
 * most about the words of captions.
 */
const gridTensor = 'MobilenetV2/expanded_conv_15/expand/Conv2D'

/** Converts the package's packed assets to the encoder's manifest (weights not yet hashed) and ONNX bytes. */
export function buildOpenImagesSsd(packedAssets: Uint8Array): { onnx: Uint8Array; manifest: Omit<EncoderManifest, 'weights'> } {
  const labels = new TextDecoder().decode(packedAssets.subarray(0, labelBytes)).trim().split('\n')
  const model = readTflite(packedAssets.subarray(labelBytes))
  const graph = convertTflite(model, {
    input: 'image',
    outputs: {
      feature_map: tensorIndex(model, gridTensor, [1, gridSize, gridSize, gridWidth]),
      boxes_raw: tensorIndex(model, 'raw_outputs/box_encodings', [1, anchors, 4]),
      classes_raw: tensorIndex(model, 'raw_outputs/class_predictions', [1, anchors, labels.length]),
    },
  })
  const onnx = encodeModel({ irVersion: 8, opsets: [{ domain: '', version: 17 }], graph: withGridOutputs(graph) })
  return { onnx, manifest: describe(labels) }
}

function describe(labels: string[]): Omit<EncoderManifest, 'weights'> {
  return {
    formatVersion: 1,
    id: openImagesSsdId,
    name: 'OpenImages SSD-MobileNetV2',
    kind: 'detector',
    revision: openImagesSsdRevision,
    input: {
      name: 'image',
      width: 300,
      height: 300,
      mean: [0.5, 0.5, 0.5],
      std: [0.5, 0.5, 0.5],
      resize: 'squash',
      interpolation: 'bicubic',
    },
    grid: { output: 'grid', rows: gridSize, columns: gridSize, width: gridWidth },
    pooled: { output: 'pooled', width: gridWidth },
    detection: { boxes: 'boxes_raw', classes: 'classes_raw', anchors: 'ssd-300', labels },
    licence: 'Apache-2.0',
    source: '@mediapipe/objectron: object_detection_ssd_mobilenetv2_oidv4_fp16.tflite',
  }
}

/** Replaces the output `feature_map` [n, channels, 10, 10] by `grid` [n, 100, channels] and `pooled` [n, channels], its mean. */
function withGridOutputs(graph: OnnxGraph): OnnxGraph {
  const shape = BigInt64Array.of(0n, BigInt(gridWidth), BigInt(gridSize * gridSize))
  const nodes: OnnxNode[] = [
    { opType: 'Reshape', name: 'rows', inputs: ['feature_map', 'grid_shape'], outputs: ['rows'], attributes: {} },
    { opType: 'Transpose', name: 'grid', inputs: ['rows'], outputs: ['grid'], attributes: { perm: { kind: 'ints', value: [0, 2, 1] } } },
    {
      opType: 'ReduceMean',
      name: 'pooled',
      inputs: ['rows'],
      outputs: ['pooled'],
      attributes: { axes: { kind: 'ints', value: [2] }, keepdims: { kind: 'int', value: 0 } },
    },
  ]
  return {
    ...graph,
    name: openImagesSsdId,
    nodes: [...graph.nodes, ...nodes],
    initializers: [...graph.initializers, { name: 'grid_shape', dataType: onnxDataTypes.int64, dims: [3], rawData: new Uint8Array(shape.buffer) }],
    outputs: [
      { name: 'grid', dataType: onnxDataTypes.float32, shape: ['n', gridSize * gridSize, gridWidth] },
      { name: 'pooled', dataType: onnxDataTypes.float32, shape: ['n', gridWidth] },
      ...graph.outputs.filter((output) => output.name !== 'feature_map'),
    ],
  }
}

function tensorIndex(model: TfliteModel, nameEnding: string, shape: number[]): number {
  const tensor = model.tensors.find(({ name, shape: found }) => name.endsWith(nameEnding) && found.join() === shape.join())
  if (tensor === undefined) throw new AppError('bad-input', `The TFLite model has no tensor ${nameEnding} of shape ${shape.join('×')}.`)
  return tensor.index
}
