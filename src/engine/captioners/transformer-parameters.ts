/** The Transformer captioner's parameters, in the names of the published PyTorch checkpoints. Linear weights are [out, in]. */
import type { Initial, ParameterSpec, TransformerConfig } from './captioner.ts'

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

function layerParameters(part: 'encoder' | 'decoder', name: string, { width, feedForward }: TransformerConfig): ParameterSpec[] {
  const attentions = part === 'encoder' ? ['self_attn'] : ['self_attn', 'src_attn']
  return [
    ...attentions.flatMap((attention) => attentionParameters(part, `${name}.${attention}`, width)),
    ...linearParameters(part, `${name}.feed_forward.w_1`, width, feedForward),
    ...linearParameters(part, `${name}.feed_forward.w_2`, feedForward, width),
    ...[...attentions, 'feed_forward'].flatMap((_, index) => normParameters(part, `${name}.sublayer.${index}.norm`, width)),
  ]
}

function visualParameters({ featureWidth, width, visualNorm, visualPositions }: TransformerConfig): ParameterSpec[] {
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
  ]
}

export function transformerParameters(config: TransformerConfig): readonly ParameterSpec[] {
  const { width, words, encoderLayers, decoderLayers, shareEmbedding } = config
  const table = [words + 1, width]
  const bias: ParameterSpec = { name: 'model.generator.proj.bias', shape: [words + 1], initial: fanIn(width), decay: false, part: 'generator' }
  return [
    ...visualParameters(config),
    ...Array.from({ length: encoderLayers }, (_, layer) => layerParameters('encoder', `model.encoder.layers.${layer}`, config)).flat(),
    ...normParameters('encoder', 'model.encoder.norm', width),
    ...Array.from({ length: decoderLayers }, (_, layer) => layerParameters('decoder', `model.decoder.layers.${layer}`, config)).flat(),
    ...normParameters('decoder', 'model.decoder.norm', width),
    { name: 'model.tgt_embed.0.lut.weight', shape: table, initial: xavier(table), decay: true, part: 'decoder' },
    ...(shareEmbedding
      ? []
      : [{ name: 'model.generator.proj.weight', shape: table, initial: xavier(table), decay: true, part: 'generator' } satisfies ParameterSpec]),
    bias,
  ]
}

/** The matrix that turns the decoder's rows into logits. */
export function generatorWeight({ shareEmbedding }: TransformerConfig): string {
  return shareEmbedding ? 'model.tgt_embed.0.lut.weight' : 'model.generator.proj.weight'
}
