/** A checkpoint's towers as ONNX bytes. */
import { AppError } from '#shared/errors.ts'
import { createGraph } from '#engine/graph/graph.ts'
import type { Graph } from '#engine/graph/types.ts'
import { writeOnnx } from '#engine/graph/onnx/onnx-write.ts'
import { cellSide, type ClipCheckpoint } from './checkpoint.ts'
import { buildResnet } from './resnet-graph.ts'
import { buildTextTower } from './text-graph.ts'
import { buildVit, type VitGrid } from './vit-graph.ts'

export interface ImageTower {
  readonly onnx: Uint8Array
  readonly gridSide: number
  readonly gridWidth: number
  readonly pooledWidth: number
}

/** What a protobuf message can hold, with some room for the nodes. */
const largestModel = 2 ** 31 - 2 ** 24

/**
 * The image tower for square images of `side` pixels: input `image` [n, 3, side, side], outputs `grid` [n, tokens, width] and `pooled` [n, embedding].
 * @throws AppError `bad-input` where `side` does not fit the model's cells or the tower is larger than ONNX can hold in one file
 */
export function buildImageTower(checkpoint: ClipCheckpoint, side: number, grid: VitGrid): ImageTower {
  const { vision, embedding } = checkpoint
  const cell = cellSide(vision)
  if (side % cell !== 0)
    throw new AppError('bad-input', `Images of ${side} pixels do not part into cells of ${cell}.`, { todo: `Choose a multiple of ${cell}.` })
  const graph = createGraph()
  if (vision.kind === 'vit') buildVit(graph, checkpoint, vision, side, grid)
  else buildResnet(graph, checkpoint, vision, side)
  return { onnx: write(graph, `clip-${vision.kind}`), gridSide: side / cell, gridWidth: vision.width, pooledWidth: embedding ?? vision.width }
}

/** The text tower, or undefined where the checkpoint has none that ends in the shared space. */
export function buildTextTowerModel(checkpoint: ClipCheckpoint): Uint8Array | undefined {
  const { text, tensors } = checkpoint
  if (text === undefined || !tensors.has('text_projection.weight')) return undefined
  const graph = createGraph()
  buildTextTower(graph, checkpoint, text)
  return write(graph, 'clip-text')
}

function write(graph: Graph, name: string): Uint8Array {
  const bytes = graph.constants.reduce((sum, { data }) => sum + (data?.byteLength ?? 0), 0)
  if (bytes > largestModel)
    throw new AppError('bad-input', `The tower ${name} has ${(bytes / 2 ** 30).toFixed(1)} GiB of weights; an encoder may have 2 GiB.`, {
      todo: 'Choose a smaller CLIP.',
    })
  return writeOnnx(graph, name)
}
