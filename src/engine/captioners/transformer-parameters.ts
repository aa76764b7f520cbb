/** The captioners' parameters, in the names of the published PyTorch checkpoints where there are any. Linear weights are [out, in]. */
import { assertNever } from '#shared/errors.ts'
import { relationWidth } from './box-attention.ts'
import { normPlacementOf, type CaptionerConfig, type GeometryAwareConfig, type ObjectRelationConfig } from './captioner-config.ts'
import type { Initial, ParameterSpec } from './captioner.ts'
import { geometryHeads, geometryLayer } from './geometry-attention.ts'

type Part = ParameterSpec['part']

/** Uniform with the variance of Glorot and Bengio (2010): what every matrix inside the encoder–decoder starts from. */
function xavier(shape: readonly number[]): Initial {
  return { kind: 'uniform', bound: Math.sqrt(6 / (shape[0] + shape[1])) }
}

/** PyTorch's default for a linear layer's weight and bias alike. */
function fanIn(inputs: number): Initial {
  return { kind: 'uniform', bound: 1 / Math.sqrt(inputs) }
}

function linearParameters(part: Part, name: string, inputs: number, outputs: number): ParameterSpec[] {
  const shape = [outputs, inputs]
  const initial = part === 'visual' || part === 'generator' ? fanIn(inputs) : xavier(shape)
  return [
    { name: `${name}.weight`, shape, initial, decay: true, part },
    { name: `${name}.bias`, shape: [outputs], initial: fanIn(inputs), decay: false, part },
  ]
}

function normParameters(part: Part, name: string, width: number): ParameterSpec[] {
  return [
    { name: `${name}.a_2`, shape: [width], initial: { kind: 'constant', value: 1 }, decay: false, part },
    { name: `${name}.b_2`, shape: [width], initial: { kind: 'constant', value: 0 }, decay: false, part },
  ]
}

function attentionParameters(part: Part, name: string, width: number): ParameterSpec[] {
  return [0, 1, 2, 3].flatMap((index) => linearParameters(part, `${name}.linears.${index}`, width, width))
}

/** Each head's weights over the embedded relation of two boxes. */
function boxParameters(name: string, config: ObjectRelationConfig): ParameterSpec[] {
  const heads = Array.from({ length: config.heads }, (_, head) => `${name}.WGs.${head}`)
  return heads.flatMap((head) => linearParameters('encoder', head, relationWidth(config), 1))
}

/** What the geometry terms of one layer read; `first` where a layer shared by all layers is listed. */
function geometryParameters(name: string, config: GeometryAwareConfig, first: boolean): ParameterSpec[] {
  const { width, heads, geometry, geometryWidth, geometrySharing, queryNorm } = config
  const shape = [heads, geometryWidth]
  const weight: ParameterSpec = { name: `${name}.geometry_weight`, shape, initial: xavier(shape), decay: true, part: 'encoder' }
  const listed = geometry.length > 0 && (first || geometrySharing !== 'heads-and-layers')
  const projected = (kind: 'query' | 'key') => linearParameters('encoder', `${name}.geometry_${kind}`, width, heads * geometryWidth)
  return [
    ...(listed ? linearParameters('encoder', geometryLayer(config, name), 4, geometryHeads(config) * geometryWidth) : []),
    ...(geometry.includes('content-independent') ? [weight] : []),
    ...(geometry.includes('query-dependent') ? projected('query') : []),
    ...(geometry.includes('key-dependent') ? projected('key') : []),
    ...(queryNorm === 'instance-affine' ? normParameters('encoder', `${name}.query_norm`, width) : []),
  ]
}

/** What the encoder's self-attention reads beside its four linear layers. */
function encoderAttentionParameters(name: string, config: CaptionerConfig, first: boolean): ParameterSpec[] {
  switch (config.architecture) {
    case 'transformer':
      return []
    case 'object-relation':
      return boxParameters(name, config)
    case 'geometry-aware':
      return geometryParameters(name, config, first)
    default:
      return assertNever(config)
  }
}

function layerParameters(part: 'encoder' | 'decoder', name: string, { width, feedForward }: CaptionerConfig): ParameterSpec[] {
  const attentions = part === 'encoder' ? ['self_attn'] : ['self_attn', 'src_attn']
  return [
    ...attentions.flatMap((attention) => attentionParameters(part, `${name}.${attention}`, width)),
    ...linearParameters(part, `${name}.feed_forward.w_1`, width, feedForward),
    ...linearParameters(part, `${name}.feed_forward.w_2`, feedForward, width),
    ...[...attentions, 'feed_forward'].flatMap((_, index) => normParameters(part, `${name}.sublayer.${index}.norm`, width)),
  ]
}

function encoderParameters(config: CaptionerConfig): ParameterSpec[] {
  return Array.from({ length: config.encoderLayers }, (_, layer) => {
    const name = `model.encoder.layers.${layer}`
    return [...layerParameters('encoder', name, config), ...encoderAttentionParameters(`${name}.self_attn`, config, layer === 0)]
  }).flat()
}

function visualParameters(config: CaptionerConfig): ParameterSpec[] {
  const { featureWidth, width, visualNorm, visualPositions } = config
  const positions: ParameterSpec = {
    name: 'att_embed.positions',
    shape: [visualPositions, width],
    initial: { kind: 'normal', deviation: 0.02 },
    decay: false,
    part: 'visual',
  }
  return [
    ...linearParameters('visual', 'att_embed.0', featureWidth, width),
    ...(visualNorm ? normParameters('visual', 'att_embed.norm', width) : []),
    ...(visualPositions > 0 ? [positions] : []),
    ...(embedsBoxes(config) ? linearParameters('visual', 'att_embed.boxes', 4, width) : []),
  ]
}

/** Whether each token gets an embedding of its box added. */
export function embedsBoxes(config: CaptionerConfig): config is GeometryAwareConfig {
  return config.architecture === 'geometry-aware' && config.absolutePositions === 'boxes'
}

export function transformerParameters(config: CaptionerConfig): readonly ParameterSpec[] {
  const { width, words, decoderLayers, shareEmbedding } = config
  const table = [words + 1, width]
  const finalNorm = (part: 'encoder' | 'decoder') => (normPlacementOf(config) === 'pre' ? normParameters(part, `model.${part}.norm`, width) : [])
  const bias: ParameterSpec = { name: 'model.generator.proj.bias', shape: [words + 1], initial: fanIn(width), decay: false, part: 'generator' }
  return [
    ...visualParameters(config),
    ...encoderParameters(config),
    ...finalNorm('encoder'),
    ...Array.from({ length: decoderLayers }, (_, layer) => layerParameters('decoder', `model.decoder.layers.${layer}`, config)).flat(),
    ...finalNorm('decoder'),
    { name: 'model.tgt_embed.0.lut.weight', shape: table, initial: xavier(table), decay: true, part: 'decoder' },
    ...(shareEmbedding
      ? []
      : [{ name: 'model.generator.proj.weight', shape: table, initial: xavier(table), decay: true, part: 'generator' } satisfies ParameterSpec]),
    bias,
  ]
}

/** The matrix that turns the decoder's rows into logits. */
export function generatorWeight({ shareEmbedding }: CaptionerConfig): string {
  return shareEmbedding ? 'model.tgt_embed.0.lut.weight' : 'model.generator.proj.weight'
}
