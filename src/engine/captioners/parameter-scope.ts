/** Where an inference graph's parameters come from. */
import type { Graph } from '../graph/types.ts'
import type { Scope } from '../nn/scope.ts'
import type { CaptionerConfig } from './captioner-config.ts'
import type { Weights } from './captioner.ts'
import { constantParameters, fedParameters, inferenceScope } from './transformer-layers.ts'
import { transformerParameters } from './transformer-parameters.ts'

/** Parameters inside the graph, or, 'fed', inputs of their names. */
export function parameterScope(graph: Graph, config: CaptionerConfig, weights: Weights | 'fed'): Scope {
  const specs = transformerParameters(config)
  return inferenceScope(weights === 'fed' ? fedParameters(graph, specs) : constantParameters(graph, specs, weights))
}
