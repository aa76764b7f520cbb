/** The captioners' graphs over whole captions: training (forward and backward), scoring and teaching. */
import { matrixOperations } from '../graph/cost.ts'
import { gradientsOf } from '../graph/differentiate.ts'
import { createGraph } from '../graph/graph.ts'
import { writeOnnx } from '../graph/onnx/onnx-write.ts'
import { add, logSoftmax, reshape } from '../graph/operations.ts'
import type { Graph, Value } from '../graph/types.ts'
import { masked } from '../nn/attention.ts'
import { crossEntropy, divergenceFrom, targetLogProbability, type Teacher } from '../nn/cross-entropy.ts'
import { dropoutInputs } from '../nn/dropout.ts'
import { pack, type PackedRows } from '../nn/packed-rows.ts'
import type { Scope } from '../nn/scope.ts'
import { captionInputs, captionLogits, floatConstant, wordInput } from './caption-logits.ts'
import type { CaptionerConfig } from './captioner-config.ts'
import type { TrainingGraph, TrainingOptions, TrainingShape, Weights } from './captioner.ts'
import { parameterScope } from './parameter-scope.ts'
import { dropoutSites, transformerParameters } from './transformer-parameters.ts'
import type { FloatType } from './visual-tokens.ts'

/** What is fed of a teacher. */
function teacherInputs(
  graph: Graph,
  { words }: CaptionerConfig,
  { images, captionsPerImage, steps }: TrainingShape,
  type: FloatType,
  packed: PackedRows | undefined,
): Teacher {
  const rows = images * captionsPerImage
  const logProbabilities = graph.input('teacher_log_probabilities', type, [rows, steps, words + 1])
  return {
    logProbabilities: pack(reshape(logProbabilities, [rows * steps, words + 1]), packed),
    weights: pack(reshape(graph.input('teacher_weights', type, [rows, steps]), [rows * steps]), packed),
  }
}

/** See `TrainingGraph`. In float64 the same graph checks its gradients against central differences. */
export function transformerTrainingGraph(config: CaptionerConfig, shape: TrainingShape, options: TrainingOptions, type: FloatType = 'float32'): TrainingGraph {
  const graph = createGraph()
  const specs = transformerParameters(config)
  const inputs = captionInputs(graph, config, shape, type)
  const { packed } = inputs
  const targets = pack(wordInput(graph, 'targets', shape), packed)
  const rows = shape.images * shape.captionsPerImage
  const weights = pack(reshape(graph.input('weights', type, [rows, shape.steps]), [rows * shape.steps]), packed)
  const parameters = new Map(specs.map((spec) => [spec.name, graph.input(spec.name, type, spec.shape)]))
  const { dropout: masks } = options
  const dropout = masks === 'none' ? undefined : dropoutInputs(graph, dropoutSites(config, shape), type, masks)
  const scope: Scope = {
    parameter: (name) => found(parameters, name),
    dropout: (x, rate, packedAs) => (dropout !== undefined && rate > 0 ? dropout.apply(x, rate, packedAs) : x),
  }

  const written = captionLogits(scope, config, shape, inputs)
  const logits = options.suppressUnknown === true ? add(written, floatConstant(graph, unknownBias(config.words), type, [config.words + 1])) : written
  const { loss, logProbability, logitsGradient } = crossEntropy(logits, targets, weights, options.labelSmoothing)
  const taught = options.teacher === true ? divergenceFrom(teacherInputs(graph, config, shape, type, packed), logits) : undefined
  graph.output('loss', taught === undefined ? loss : add(loss, taught.loss))
  graph.output('log_probability', packed === undefined ? reshape(logProbability, [rows, shape.steps]) : logProbability)
  const trainable = specs.filter((spec) => options.trainable(spec)).map((spec) => spec.name)
  const seed = taught === undefined ? logitsGradient : add(logitsGradient, taught.logitsGradient)
  const gradients = gradientsOf(
    [[logits, seed]],
    trainable.map((name) => found(parameters, name)),
  )
  trainable.forEach((name, index) => graph.output(`gradient:${name}`, gradients[index]))
  return {
    model: writeOnnx(graph, 'training'),
    shape,
    trainable,
    dropout: masks,
    dropoutSites: dropout?.sites ?? [],
    dropoutPools: dropout?.pools ?? [],
    teacherOutputs: taught === undefined ? 0 : config.words + 1,
    operations: matrixOperations(graph),
  }
}

/** Out of reach for UNK, the last id; nothing for the others. */
function unknownBias(words: number): Float32Array {
  const bias = new Float32Array(words + 1)
  bias[words] = masked
  return bias
}

/** See `Captioner.scoringGraph`. */
export function transformerScoringGraph(config: CaptionerConfig, shape: TrainingShape, weights: Weights | 'fed'): Uint8Array {
  const graph = createGraph()
  const inputs = captionInputs(graph, config, shape, 'float32')
  const targets = wordInput(graph, 'targets', shape)
  const scope = parameterScope(graph, config, weights)
  const logProbability = targetLogProbability(captionLogits(scope, config, shape, inputs), targets)
  graph.output('log_probability', reshape(logProbability, [shape.images * shape.captionsPerImage, shape.steps]))
  return writeOnnx(graph, 'scoring')
}

/** See `Captioner.teachingGraph`. */
export function transformerTeachingGraph(config: CaptionerConfig, shape: TrainingShape, weights: Weights): Uint8Array {
  const graph = createGraph()
  const inputs = captionInputs(graph, config, shape, 'float32')
  const scope = parameterScope(graph, config, weights)
  const logProbabilities = logSoftmax(captionLogits(scope, config, shape, inputs))
  graph.output('log_probabilities', reshape(logProbabilities, [shape.images * shape.captionsPerImage, shape.steps, config.words + 1]))
  return writeOnnx(graph, 'teaching')
}

function found(parameters: ReadonlyMap<string, Value>, name: string): Value {
  const value = parameters.get(name)
  if (value === undefined) throw new Error(`the captioner has no parameter '${name}'`)
  return value
}
