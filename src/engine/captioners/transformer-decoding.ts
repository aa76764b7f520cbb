/** The captioners' graphs for writing captions: the encoder, and one decoding step with cached keys and values. */
import { assertNever } from '#shared/errors.ts'
import { createGraph } from '../graph/graph.ts'
import { writeOnnx } from '#engine/graph/onnx/onnx-write.ts'
import {
  add,
  cast,
  cumulativeSum,
  divide,
  gather,
  gatherElements,
  greater,
  logSoftmax,
  minimum,
  multiply,
  pad,
  reduceMean,
  reduceSum,
  reshape,
  softmax,
  subtract,
  topK,
} from '../graph/operations.ts'
import type { Graph, Value } from '../graph/types.ts'
import { attend, joinHeads, masked, splitHeads } from '../nn/attention.ts'
import { sinusoidPositions } from '../nn/embedding.ts'
import { linear } from '../nn/linear.ts'
import { visualInputsOf, type CaptionerConfig } from './captioner-config.ts'
import type { StepOptions, Weights } from './captioner.ts'
import { parameterScope } from './parameter-scope.ts'
import { stepPasts } from './step-past.ts'
import { crossMemory, decode, encode, generate, wordEmbedding } from './transformer-layers.ts'
import { maskBias, visualTokens } from './visual-tokens.ts'

/** See `Captioner.encodeGraph`. */
export function transformerEncodeGraph(config: CaptionerConfig, weights: Weights | 'fed'): Uint8Array {
  const graph = createGraph()
  const visual = visualTokens(graph, config, 'float32', 'any')
  const scope = parameterScope(graph, config, weights)
  const memory = encode(scope, config, visual)
  for (let layer = 0; layer < config.decoderLayers; layer++) {
    const { keys, values } = crossMemory(scope, config, layer, memory, visual.layout)
    graph.output(`cross_keys_${layer}`, keys)
    graph.output(`cross_values_${layer}`, values)
  }
  return writeOnnx(graph, 'encode')
}

/** See `Captioner.stepGraph`. */
export function transformerStepGraph(config: CaptionerConfig, weights: Weights | 'fed', { result = 'all', past = 'handed-on' }: StepOptions = {}): Uint8Array {
  const graph = createGraph()
  const tokens = graph.input('tokens', 'int64', ['rows'])
  const position = graph.input('position', 'int64', [1])
  const seen = stepPasts[past](graph, config, { tokens, position })
  const scope = parameterScope(graph, config, weights)

  // A caption of m words is written in m + 1 steps: its end is a step too.
  const positions = graph.constant(sinusoidPositions(config.maximumWords + 1, config.width), 'float32', [config.maximumWords + 1, config.width])
  const embedded = add(wordEmbedding(scope, config, tokens), gather(positions, position))
  const mask = visualInputsOf(config).includes('visual_mask') ? graph.input('visual_mask', 'float32', ['n', 'tokens']) : undefined
  const memoryMask = mask && maskBias(mask)
  let attention: Value | undefined

  const decoded = decode(scope, config, embedded, {
    self(name, normed, layer) {
      const part = (index: number) => linear(scope, `${name}.linears.${index}`, normed, { outputs: config.width })
      return linear(scope, `${name}.linears.3`, seen.attend(layer, { queries: part(0), keys: part(1), values: part(2) }), { outputs: config.width })
    },
    cross(name, normed, layer) {
      const memory = (kind: 'keys' | 'values') => graph.input(`cross_${kind}_${layer}`, 'float32', ['n', config.heads, 'tokens', config.width / config.heads])
      const keys = memory('keys')
      const queries = splitHeads(linear(scope, `${name}.linears.0`, normed, { outputs: config.width }), 'n', 'beams', config.heads, [keys])
      const { context, probabilities } = attend(scope, queries, keys, memory('values'), config.dropout, memoryMask)
      attention = reshape(reduceMean(probabilities, [1]), ['rows', 'tokens'], [keys])
      return linear(scope, `${name}.linears.3`, joinHeads(context, 'rows'), { outputs: config.width })
    },
  })
  const logProbabilities = logSoftmax(generate(scope, config, decoded))
  switch (result) {
    case 'all':
      graph.output('log_probabilities', logProbabilities)
      if (attention !== undefined) graph.output('attention', attention)
      break
    case 'best': {
      const { values, indices } = topK(logProbabilities, graph.input('count', 'int64', [1]))
      graph.output('best_ids', indices)
      graph.output('best_log_probabilities', values)
      break
    }
    case 'drawn':
      drawWord(graph, logProbabilities, config.words + 1)
      break
    default:
      assertNever(result)
  }
  return writeOnnx(graph, 'step')
}

/**
 * Draws an id of each row by its share of the cumulated probability. Blocks of ids are cumulated, then the ids of the block in which the share is passed:
 * one sum after the other over a whole row takes longer than a layer. In double precision, so that a draw hardly depends on the order of sums.
 */
function drawWord(graph: Graph, logProbabilities: Value, outputs: number): void {
  const shares = graph.input('shares', 'float64', ['rows', 1])
  const temperature = graph.input('temperature', 'float64', [1])
  const last = graph.input('last', 'int64', [1])
  const size = Math.ceil(Math.sqrt(outputs))
  const blocks = Math.ceil(outputs / size)
  const ids = graph.integers(Array.from({ length: outputs }, (_, id) => id))
  const beyondLast = multiply(cast(greater(ids, last), 'float32'), masked)
  const probabilities = softmax(add(divide(logProbabilities, cast(temperature, 'float32')), beyondLast))
  const inBlocks = reshape(pad(probabilities, [0, 0], [0, blocks * size - outputs]), ['rows', blocks, size], [shares])

  const blockSums = cast(reduceSum(inBlocks, [2]), 'float64')
  const cumulatedBlocks = cumulativeSum(blockSums, 1)
  const goal = multiply(gather(cumulatedBlocks, graph.integers([blocks - 1]), 1), shares)
  const block = minimum(firstBeyond(cumulatedBlocks, goal, blocks), graph.scalar(blocks - 1, 'int64'))
  const before = subtract(gatherElements(cumulatedBlocks, block, 1), gatherElements(blockSums, block, 1))

  const everyPlace = add(reshape(block, ['rows', 1, 1], [shares]), graph.constant(new BigInt64Array(size), 'int64', [1, 1, size]))
  const within = cast(reshape(gatherElements(inBlocks, everyPlace, 1), ['rows', size], [shares]), 'float64')
  const place = firstBeyond(add(cumulativeSum(within, 1), before), goal, size)
  const drawn = minimum(add(multiply(block, graph.scalar(size, 'int64')), place), last)
  graph.output('drawn_ids', reshape(drawn, ['rows'], [shares]))
  graph.output('drawn_log_probabilities', reshape(gatherElements(logProbabilities, drawn, 1), ['rows'], [shares]))
}

/** The first place [rows, 1] of growing sums [rows, places] that is greater than `goal`; `places` where none is. */
function firstBeyond(sums: Value, goal: Value, places: number): Value {
  return subtract(sums.graph.scalar(places, 'int64'), reduceSum(cast(greater(sums, goal), 'int64'), [1], 'keep'))
}
