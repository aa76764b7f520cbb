/** CLIP as Hugging Face's `transformers` saves it: sizes from `config.json`, tensors renamed. */
import { z } from 'zod'
import { AppError } from '#shared/errors.ts'
import type { StoredTensor } from '#engine/files/safetensors.ts'
import type { Activation, ClipCheckpoint, TextSizes, TransformerSizes, VitSizes } from './checkpoint.ts'

const count = z.number().int().positive().max(1_000_000)
const most = (limit: number): typeof count => count.max(limit)

/** Fields that a file leaves out have the defaults of transformers' CLIPVisionConfig and CLIPTextConfig. */
const layersSchema = {
  hidden_act: z.string().default('quick_gelu'),
  layer_norm_eps: z.number().default(1e-5),
  num_hidden_layers: most(256).default(12),
}
const visionSchema = z.object({
  ...layersSchema,
  hidden_size: count.default(768),
  num_attention_heads: count.default(12),
  image_size: count.default(224),
  patch_size: count.default(32),
})
const textSchema = z.object({
  ...layersSchema,
  hidden_size: count.default(512),
  num_attention_heads: count.default(8),
  max_position_embeddings: count.default(77),
  vocab_size: count.default(49_408),
  eos_token_id: z.number().int().nullish(),
})
const configSchema = z.union([
  z.object({ model_type: z.literal('clip'), vision_config: visionSchema.prefault({}), text_config: textSchema.prefault({}) }),
  // saved from CLIPVisionModel or CLIPVisionModelWithProjection
  z
    .object({ model_type: z.literal('clip_vision_model') })
    .and(visionSchema)
    .transform((vision) => ({ model_type: vision.model_type, vision_config: vision, text_config: undefined })),
])

export function hasHuggingFaceNames(tensors: ReadonlyMap<string, StoredTensor>): boolean {
  return tensors.has('vision_model.embeddings.class_embedding')
}

/**
 * `config` is the parsed `config.json`; `source` names it in errors.
 * @throws AppError `bad-input` where the config is none of CLIP's, or asks for what is not here
 */
export function fromHuggingFaceNames(stored: ReadonlyMap<string, StoredTensor>, config: unknown, source: string): ClipCheckpoint {
  const parsed = configSchema.safeParse(config)
  if (!parsed.success) {
    const found = z.object({ model_type: z.string() }).safeParse(config)
    const what = found.success ? `a model of type “${found.data.model_type}”` : 'no model type'
    throw new AppError('bad-input', `${source} describes ${what}, not CLIP: ${parsed.error.issues[0].message}.`, {
      kept: 'Nothing was changed.',
      todo: 'Choose a CLIP folder, or export the image encoder as ONNX.',
    })
  }
  const { vision_config: visual, text_config: textual } = parsed.data
  const vision: VitSizes = {
    kind: 'vit',
    ...transformerSizes(visual, source),
    patch: visual.patch_size,
    gridSide: Math.floor(visual.image_size / visual.patch_size),
  }
  const tensors = new Map<string, StoredTensor>()
  for (const [name, tensor] of stored) tensors.set(renamed(name), tensor)
  const text = textual !== undefined && tensors.has('token_embedding.weight') ? textSizes(textual, source) : undefined
  return { vision, text, embedding: tensors.get('visual.proj.weight')?.shape[0], tensors }
}

function transformerSizes(
  config: Pick<z.infer<typeof visionSchema>, 'hidden_size' | 'num_attention_heads' | keyof typeof layersSchema>,
  source: string,
): TransformerSizes {
  return {
    width: config.hidden_size,
    layers: config.num_hidden_layers,
    heads: config.num_attention_heads,
    activation: activation(config.hidden_act, source),
    epsilon: config.layer_norm_eps,
  }
}

function textSizes(config: z.infer<typeof textSchema>, source: string): TextSizes {
  // Older configs say 2, which no CLIP text ends with; transformers then takes the largest id.
  const endToken = config.eos_token_id === 2 ? undefined : (config.eos_token_id ?? undefined)
  return { ...transformerSizes(config, source), context: config.max_position_embeddings, vocabulary: config.vocab_size, endToken }
}

function activation(name: string, source: string): Activation {
  if (name === 'quick_gelu' || name === 'gelu') return name
  throw new AppError('bad-input', `${source} asks for the activation “${name}”; CLIP's are quick_gelu and gelu.`, { todo: 'Export the image encoder as ONNX.' })
}

const whole: Readonly<Record<string, string>> = {
  'vision_model.embeddings.class_embedding': 'visual.class_embedding',
  'vision_model.embeddings.patch_embedding.weight': 'visual.conv1.weight',
  'vision_model.embeddings.position_embedding.weight': 'visual.positional_embedding',
  'visual_projection.weight': 'visual.proj.weight',
  'text_model.embeddings.token_embedding.weight': 'token_embedding.weight',
  'text_model.embeddings.position_embedding.weight': 'positional_embedding',
}

/** The parts of names that differ; the first that fits a name's beginning or middle is exchanged, each once. */
const parts: readonly (readonly [string, string])[] = [
  ['vision_model.pre_layrnorm.', 'visual.ln_pre.'],
  ['vision_model.post_layernorm.', 'visual.ln_post.'],
  ['text_model.final_layer_norm.', 'ln_final.'],
  ['vision_model.encoder.layers.', 'visual.transformer.resblocks.'],
  ['text_model.encoder.layers.', 'transformer.resblocks.'],
  ['.self_attn.', '.attn.'],
  ['.layer_norm1.', '.ln_1.'],
  ['.layer_norm2.', '.ln_2.'],
  ['.mlp.fc1.', '.mlp.c_fc.'],
  ['.mlp.fc2.', '.mlp.c_proj.'],
]

function renamed(name: string): string {
  return whole[name] ?? parts.reduce((result, [from, to]) => result.replace(from, to), name)
}
