/**
 * The captioners' parameters, in the names of the published PyTorch checkpoints where there are any: found by writing the forward pass once and
 * noting what the layers ask for.
 */
import { createGraph } from '../graph/graph.ts'
import { elementCount } from '../graph/shapes.ts'
import type { Value } from '../graph/types.ts'
import type { DropoutUse } from '../nn/dropout.ts'
import type { Scope } from '../nn/scope.ts'
import { captionInputs, captionLogits } from './caption-logits.ts'
import { fixedVisualTokens, type CaptionerConfig } from './captioner-config.ts'
import type { ParameterSpec, TrainingShape } from './captioner.ts'

const known = new WeakMap<CaptionerConfig, readonly ParameterSpec[]>()

/** Every parameter once, in an order that seeds and checkpoints rely on. */
export function transformerParameters(config: CaptionerConfig): readonly ParameterSpec[] {
  const listed = known.get(config)
  if (listed !== undefined) return listed
  const shape = { images: 1, captionsPerImage: 1, steps: 1, visualTokens: fixedVisualTokens(config) ?? 1 }
  const specs = traced(config, shape).parameters.sort((a, b) => placeOf(a.name) - placeOf(b.name))
  known.set(config, specs)
  return specs
}

/** The dropout sites of a training graph, in the order in which it applies them. Packed rows share the masks of padded ones: the sites are the same. */
export function dropoutSites(config: CaptionerConfig, shape: TrainingShape): readonly DropoutUse[] {
  const { packedPlaces: _packedPlaces, ...padded } = shape
  return traced(config, padded).sites
}

function traced(config: CaptionerConfig, shape: TrainingShape): { parameters: ParameterSpec[]; sites: DropoutUse[] } {
  const graph = createGraph()
  const parameters: ParameterSpec[] = []
  const sites: DropoutUse[] = []
  const values = new Map<string, Value>()
  const scope: Scope = {
    parameter(name, declaration) {
      const before = values.get(name)
      if (before !== undefined) return before
      if (declaration === undefined) throw new Error(`the captioner's parameter '${name}' is not declared where it is read`)
      parameters.push({ name, ...declaration, part: partOf(name) })
      const value = graph.input(name, 'float32', declaration.shape)
      values.set(name, value)
      return value
    },
    dropout(x, rate) {
      if (rate > 0) sites.push({ rate, size: elementCount(x.shape) })
      return x
    },
  }
  captionLogits(scope, config, shape, captionInputs(graph, config, shape, 'float32'))
  return { parameters, sites }
}

function partOf(name: string): ParameterSpec['part'] {
  if (name.startsWith('att_embed.')) return 'visual'
  if (name.startsWith('model.generator.')) return 'generator'
  return name.startsWith('model.encoder.') ? 'encoder' : 'decoder'
}

/** What comes before what in the list: sections, in each layer its kinds of parameters; of one kind, what is read first comes first. */
const sections = [
  'att_embed.',
  'model.encoder.layers.',
  'model.encoder.norm.',
  'model.decoder.layers.',
  'model.decoder.norm.',
  'model.tgt_embed.',
  'model.generator.',
]
const kinds = [
  'self_attn.linears.',
  'src_attn.linears.',
  'feed_forward.',
  'sublayer.',
  'self_attn.WGs.',
  'self_attn.geometry.',
  'self_attn.geometry_weight',
  'self_attn.geometry_query.',
  'self_attn.geometry_key.',
  'self_attn.query_norm.',
]
const mostLayers = 10_000

function placeOf(name: string): number {
  // What all layers share is listed with the first.
  const listed = name.replace('model.encoder.geometry.', 'model.encoder.layers.0.self_attn.geometry.')
  const section = sections.findIndex((start) => listed.startsWith(start))
  const inLayer = /\.layers\.(\d+)\.(.*)$/.exec(listed)
  const within = inLayer === null ? 0 : Number(inLayer[1]) * kinds.length + kinds.findIndex((start) => inLayer[2].startsWith(start))
  return section * mostLayers * kinds.length + within
}
