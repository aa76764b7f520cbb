/**
 * The Transformer captioner of the published CLIP captioners (pre-norm encoder–decoder over visual tokens), one definition for
 * training, scoring and decoding.
 */
import type { Captioner, TransformerConfig } from './captioner.ts'
import { transformerEncodeGraph, transformerStepGraph } from './transformer-decoding.ts'
import { transformerParameters } from './transformer-parameters.ts'
import { transformerScoringGraph, transformerTrainingGraph } from './transformer-training.ts'

export function transformerCaptioner(config: TransformerConfig): Captioner {
  return {
    config,
    parameters: transformerParameters(config),
    trainingGraph: (shape, options) => transformerTrainingGraph(config, shape, options),
    scoringGraph: (shape, weights) => transformerScoringGraph(config, shape, weights),
    encodeGraph: (weights) => transformerEncodeGraph(config, weights),
    stepGraph: (weights) => transformerStepGraph(config, weights),
  }
}
