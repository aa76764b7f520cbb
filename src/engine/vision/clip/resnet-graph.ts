/**
 * CLIP's modified ResNet as a graph (Radford et al. 2021, §2.4): a stem of three convolutions, average pooling before every convolution that
 * would have a stride, and an attention layer instead of global average pooling.
 */
import { add, concat, reduceMean, relu, reshape, slice, transpose } from '#engine/graph/operations.ts'
import type { Graph } from '#engine/graph/types.ts'
import { staticDimension } from '#engine/graph/shapes.ts'
import type { Value } from '#engine/graph/types.ts'
import { floatValues } from '#engine/files/safetensors.ts'
import { attend, joinHeads, splitHeads } from '#engine/nn/attention.ts'
import { linear } from '#engine/nn/linear.ts'
import type { Scope } from '#engine/nn/scope.ts'
import { requiredTensor, type ClipCheckpoint, type ResnetSizes } from './checkpoint.ts'
import { resizePositions } from './position-table.ts'
import { checkpointScope } from './transformer-blocks.ts'

const epsilon = 1e-5

/** Adds the outputs `grid` [n, cells, width], before the attention pooling, and `pooled` [n, embedding] for `image` [n, 3, side, side]. */
export function buildResnet(graph: Graph, checkpoint: ClipCheckpoint, vision: ResnetSizes, side: number): void {
  const scope = checkpointScope(graph, checkpoint)
  const image = graph.input('image', 'float32', ['n', 3, side, side])
  let x = averagePool(stem(scope, image), 2)
  for (const [stage, blocks] of vision.blocks.entries())
    for (let block = 0; block < blocks; block++) x = bottleneck(scope, `visual.layer${stage + 1}.${block}`, x, stage > 0 && block === 0 ? 2 : 1)
  const gridSide = side / 32
  const channels = reshape(x, ['n', vision.width, gridSide * gridSide])
  graph.output('grid', transpose(channels, [0, 2, 1]))
  graph.output('pooled', attentionPool(scope, graph, checkpoint, vision, channels, gridSide))
}

function stem(scope: Scope, image: Value): Value {
  let x = image
  for (const index of [1, 2, 3]) x = relu(normalise(scope, `visual.bn${index}`, convolve(scope, `visual.conv${index}`, x, index === 1 ? 2 : 1)))
  return x
}

/** 1×1, 3×3, average pooling, 1×1, each convolution with its norm; the other way is pooled and convolved where sizes change. */
function bottleneck(scope: Scope, name: string, x: Value, stride: 1 | 2): Value {
  const first = relu(normalise(scope, `${name}.bn1`, convolve(scope, `${name}.conv1`, x)))
  const second = relu(normalise(scope, `${name}.bn2`, convolve(scope, `${name}.conv2`, first)))
  const third = normalise(scope, `${name}.bn3`, convolve(scope, `${name}.conv3`, averagePool(second, stride)))
  const changes = stride === 2 || x.shape[1] !== third.shape[1]
  const other = changes ? normalise(scope, `${name}.downsample.1`, convolve(scope, `${name}.downsample.0`, averagePool(x, stride))) : x
  return relu(add(third, other))
}

/** A convolution without bias, padded so that a stride of 1 keeps the size. */
function convolve(scope: Scope, name: string, x: Value, stride = 1): Value {
  const filters = scope.parameter(`${name}.weight`)
  const kernel = staticDimension(filters.shape[2])
  const padding = Math.floor(kernel / 2)
  return x.graph.add('Conv', [x, filters], {
    kernel_shape: { ints: [kernel, kernel] },
    strides: { ints: [stride, stride] },
    pads: { ints: [padding, padding, padding, padding] },
  })[0]
}

/** Batch normalization with the running statistics. */
function normalise(scope: Scope, name: string, x: Value): Value {
  const parameters = ['weight', 'bias', 'running_mean', 'running_var'].map((ending) => scope.parameter(`${name}.${ending}`))
  return x.graph.add('BatchNormalization', [x, ...parameters], { epsilon: { float: epsilon } })[0]
}

function averagePool(x: Value, size: 1 | 2): Value {
  if (size === 1) return x
  return x.graph.add('AveragePool', [x], { kernel_shape: { ints: [size, size] }, strides: { ints: [size, size] } })[0]
}

/** One attention layer whose query is the cells' mean: channels [n, width, cells] → [n, embedding]. */
function attentionPool(scope: Scope, graph: Graph, checkpoint: ClipCheckpoint, vision: ResnetSizes, channels: Value, gridSide: number): Value {
  const { width, heads } = vision
  const length = gridSide * gridSide + 1
  const tokens = transpose(concat([reduceMean(channels, [2], 'keep'), channels], 2), [0, 2, 1])
  const placed = add(tokens, positionTable(graph, checkpoint, vision, gridSide))
  const name = 'visual.attnpool'
  const rows = reshape(placed, ['rows', width])
  const mean = reshape(slice(placed, 1, 0, 1), ['n', width])
  const queries = splitHeads(linear(scope, `${name}.q_proj`, mean), 'n', 1, heads)
  const part = (letter: string): Value => splitHeads(linear(scope, `${name}.${letter}_proj`, rows), 'n', length, heads)
  const { context } = attend(scope, queries, part('k'), part('v'), 0)
  return linear(scope, `${name}.c_proj`, joinHeads(context, 'n'))
}

/** [1, 1 + gridSide², width]; only the pooled vector depends on it. */
function positionTable(graph: Graph, { tensors }: ClipCheckpoint, vision: ResnetSizes, gridSide: number): Value {
  const { width } = vision
  const name = 'visual.attnpool.positional_embedding'
  const trained = floatValues(requiredTensor(tensors, name), name)
  const table = new Float32Array((1 + gridSide * gridSide) * width)
  table.set(trained.subarray(0, width))
  table.set(resizePositions(trained.subarray(width), vision.gridSide, gridSide, width), width)
  return graph.constant(table, 'float32', [1, 1 + gridSide * gridSide, width], name)
}
