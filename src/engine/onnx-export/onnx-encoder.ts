/**
 * A captioner's encode graph that takes what the vision model gives of one photo in place of a captioner's inputs: `grid`, which is pooled, and of a
 * captioner over regions the raw boxes and classes of the detector. It gives keys, values and, of regions, the mask that decoding needs.
 */
import { onnxDataTypes, type OnnxValue } from '#engine/graph/onnx/onnx-model.ts'
import { decodeModel, encodeModel } from '#engine/graph/onnx/onnx-proto.ts'
import type { EncoderManifest } from '#engine/vision/encoders/encoder-manifest.ts'
import { featureKey, poolGrid, storedGrid, type FeatureKey } from '#engine/vision/features/feature-key.ts'
import { AppError } from '#shared/errors.ts'
import type { ModelPackage } from '#engine/models/model-package.ts'
import { floatTensor, integer, integerTensor, node, type OnnxPieces } from '#engine/graph/onnx/onnx-pieces.ts'
import { regionPieces } from './onnx-regions.ts'

export interface ExportedEncoder {
  /** ONNX bytes. */
  model: Uint8Array
  /** The vision model's outputs that it takes, by the names of its own inputs. */
  takes: Readonly<Record<string, string>>
}

/** @throws AppError `bad-input` for a captioner over regions whose encoder finds none */
export function exportedEncoder({ captioner, weights, manifest: { encoder: sees } }: ModelPackage, encoder: EncoderManifest): ExportedEncoder {
  const { grid, detection, batch = 1 } = encoder
  const key = featureKey(encoder, { pooling: sees.pooling })
  const gridInput = floatInput('grid', [batch, storedGrid({ ...key, pooling: 1 }).tokens, key.width])
  const encode = captioner.encodeGraph(weights)
  if (sees.regions === undefined) return { model: withHead(encode, [pooledPieces(key, batch, 'features')], [gridInput], []), takes: { grid: grid.output } }
  if (detection === undefined) {
    throw new AppError('bad-input', `The model sees regions, and its encoder ${encoder.name} finds none by itself.`, {
      kept: 'Nothing was written.',
      todo: 'Export a model that sees the cells of a grid.',
    })
  }
  const { rows, columns } = storedGrid(key)
  const cells = cellsOnly(key)
  const regions = regionPieces({ labels: detection.labels.length, cells: cells.name, rows, columns, width: key.width, ...sees.regions })
  const inputs = [gridInput, floatInput('raw_boxes', [batch, 'anchors', 4]), floatInput('raw_classes', [batch, 'anchors', detection.labels.length])]
  return {
    model: withHead(encode, [pooledPieces(key, batch, 'tokens'), cells.pieces, regions], inputs, [floatInput('visual_mask', [1, 'tokens'])]),
    takes: { grid: grid.output, raw_boxes: detection.boxes, raw_classes: detection.classes },
  }
}

function floatInput(name: string, shape: (number | string)[]): OnnxValue {
  return { name, dataType: onnxDataTypes.float32, shape }
}

/** `grid` → `output` [1, tokens, width]: pooling is a matrix product. Of an encoder with a fixed batch only the first image is taken. */
function pooledPieces(key: FeatureKey, batch: number, output: string): OnnxPieces {
  const cells = storedGrid({ ...key, pooling: 1 }).tokens
  const { tokens } = storedGrid(key)
  const pooling = floatTensor('pooling', [tokens, cells], poolingMatrix(key, cells, tokens))
  if (batch === 1) return { constants: [pooling], nodes: [node('MatMul', ['pooling', 'grid'], output)] }
  return {
    constants: [pooling, integerTensor('first', [0])],
    nodes: [node('Gather', ['grid', 'first'], 'first image'), node('MatMul', ['pooling', 'first image'], output)],
  }
}

/** [tokens, cells]: what each stored token takes of each cell, found by pooling the cells of an identity matrix. */
function poolingMatrix(key: FeatureKey, cells: number, tokens: number): Float32Array {
  const identity = Float32Array.from({ length: cells * cells }, (_, index) => (index % (cells + 1) === 0 ? 1 : 0))
  const matrix = new Float32Array(tokens * cells)
  poolGrid(identity, { ...key, width: cells }, matrix)
  return matrix
}

/** `tokens` without the class token. */
function cellsOnly(key: FeatureKey): { name: string; pieces: OnnxPieces } {
  if (key.classToken === undefined) return { name: 'tokens', pieces: { nodes: [], constants: [] } }
  const places = Array.from({ length: storedGrid(key).tokens - 1 }, (_, index) => index + 1)
  const pieces = {
    nodes: [node('Gather', ['tokens', 'places of cells'], 'cells', { axis: integer(1) })],
    constants: [integerTensor('places of cells', places)],
  }
  return { name: 'cells', pieces }
}

/** A graph with more nodes before it, other inputs, and more outputs. */
function withHead(bytes: Uint8Array, parts: readonly OnnxPieces[], inputs: OnnxValue[], outputs: readonly OnnxValue[]): Uint8Array {
  const model = decodeModel(bytes)
  const { graph } = model
  const initializers = [...parts.flatMap(({ constants }) => constants), ...graph.initializers]
  const nodes = [...parts.flatMap((part) => part.nodes), ...graph.nodes]
  return encodeModel({ ...model, graph: { ...graph, inputs, initializers, nodes, outputs: [...graph.outputs, ...outputs] } })
}
