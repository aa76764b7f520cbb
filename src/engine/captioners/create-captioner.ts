/**
 * The captioners over the published encoder–decoder: the Transformer, the Object Relation Transformer and the geometry-aware one,
 * which differ in the encoder's attention only. One definition for training, scoring and decoding.
 */
import { visualInputsOf, type CaptionerConfig } from './captioner-config.ts'
import type { Captioner } from './captioner.ts'
import { transformerCaches, transformerKeptRows } from './step-past.ts'
import { transformerEncodeGraph, transformerStepGraph } from './transformer-decoding.ts'
import { transformerWordTables } from './transformer-layers.ts'
import { transformerParameters } from './transformer-parameters.ts'
import { transformerScoringGraph, transformerTeachingGraph, transformerTrainingGraph } from './transformer-training.ts'

/** The captioner that a configuration describes. */
export function createCaptioner(config: CaptionerConfig): Captioner {
  return {
    config,
    get parameters() {
      return transformerParameters(config)
    },
    wordTables: transformerWordTables(config),
    visualInputs: visualInputsOf(config),
    trainingGraph: (shape, options) => transformerTrainingGraph(config, shape, options),
    scoringGraph: (shape, weights) => transformerScoringGraph(config, shape, weights),
    teachingGraph: (shape, weights) => transformerTeachingGraph(config, shape, weights),
    encodeGraph: (weights) => transformerEncodeGraph(config, weights),
    stepGraph: (weights, options) => transformerStepGraph(config, weights, options),
    caches: transformerCaches(config),
    keptRows: transformerKeptRows(config),
  }
}
