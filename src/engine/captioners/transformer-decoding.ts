/** The captioners' graphs for writing captions: the encoder, and one decoding step with cached keys and values. */
import { assertNever } from '#shared/errors.ts'
import { createGraph } from '../graph/graph.ts'
import { writeOnnx } from '#engine/graph/onnx/onnx-write.ts'
import {
  add,
  cast,
  cumulativeSum,
  divide,
  exponential,
  gather,
  gatherElements,
  greater,
  logSoftmax,
  minimum,
  multiply,
  reduceMax,
  reduceMean,
  reduceSum,
  reshape,
  subtract,
  topK,
} from '../graph/operations.ts'
import type { Graph, Value } from '../graph/types.ts'
import { attend, joinHeads, splitHeads } from '../nn/attention.ts'
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

/** Draws an id of each row by its share of the cumulated probability; in double precision, so that a draw hardly depends on the order of sums. */
function drawWord(graph: Graph, logProbabilities: Value, outputs: number): void {
  const shares = graph.input('shares', 'float64', ['rows', 1])
  const temperature = graph.input('temperature', 'float64', [1])
  const last = graph.input('last', 'int64', [1])
  const precise = cast(logProbabilities, 'float64')
  const cumulated = cumulativeSum(exponential(divide(subtract(precise, reduceMax(precise, [1], 'keep')), temperature)), 1)
  const passed = greater(cumulated, multiply(gather(cumulated, last, 1), shares))
  // Sums only grow: the first id that passes stands before all the others that do.
  const first = subtract(graph.scalar(outputs, 'int64'), reduceSum(cast(passed, 'int64'), [1], 'keep'))
  const drawn = minimum(first, last)
  graph.output('drawn_ids', reshape(drawn, ['rows'], [shares]))
  graph.output('drawn_log_probabilities', reshape(gatherElements(logProbabilities, drawn, 1), ['rows'], [shares]))
}
