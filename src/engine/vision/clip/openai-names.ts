/** CLIP in OpenAI's parameter names: every size follows from the tensors' shapes (openai/CLIP, `build_model`). */
import type { StoredTensor } from '#engine/files/safetensors.ts'
import { requiredTensor, transposed, type Activation, type ClipCheckpoint, type ResnetSizes, type TextSizes, type VitSizes } from './checkpoint.ts'

/** What the shapes do not tell, with OpenAI's values as defaults. */
export interface OpenaiOptions {
  readonly activation?: Activation
  /** channels of an attention head of the vision transformer (default 64) */
  readonly visionHeadWidth?: number
}

const headWidth = 64
const epsilon = 1e-5

/** Whether the names are OpenAI's. */
export function hasOpenaiNames(tensors: ReadonlyMap<string, StoredTensor>): boolean {
  return tensors.has('visual.conv1.weight')
}

/** Throws AppError `bad-input` naming a tensor that is missing. */
export function fromOpenaiNames(stored: ReadonlyMap<string, StoredTensor>, options: OpenaiOptions = {}): ClipCheckpoint {
  const tensors = new Map<string, StoredTensor>()
  for (const [name, tensor] of stored) {
    if (name.endsWith('.attn.in_proj_weight')) partInProjection(tensors, name.slice(0, -'in_proj_weight'.length), 'weight', tensor)
    else if (name.endsWith('.attn.in_proj_bias')) partInProjection(tensors, name.slice(0, -'in_proj_bias'.length), 'bias', tensor)
    else if (name === 'visual.proj' || name === 'text_projection') tensors.set(`${name}.weight`, transposed(tensor, name))
    else tensors.set(name, tensor)
  }
  const vision = stored.has('visual.class_embedding') ? vitSizes(stored, options) : resnetSizes(stored)
  const text = stored.has('token_embedding.weight') ? textSizes(stored, options) : undefined
  const projection = vision.kind === 'vit' ? 'visual.proj.weight' : 'visual.attnpool.c_proj.weight'
  return { vision, text, embedding: tensors.get(projection)?.shape[0], tensors }
}

/** Rows of the joined projection: a third each for queries, keys and values. */
function partInProjection(tensors: Map<string, StoredTensor>, stem: string, ending: string, joined: StoredTensor): void {
  const [rows, ...rest] = joined.shape
  const third = joined.bytes.length / 3
  for (const [index, letter] of ['q', 'k', 'v'].entries()) {
    const bytes = joined.bytes.subarray(index * third, (index + 1) * third)
    tensors.set(`${stem}${letter}_proj.${ending}`, { type: joined.type, shape: [rows / 3, ...rest], bytes })
  }
}

function vitSizes(stored: ReadonlyMap<string, StoredTensor>, { activation = 'quick_gelu', visionHeadWidth = headWidth }: OpenaiOptions): VitSizes {
  const [width, , patch] = requiredTensor(stored, 'visual.conv1.weight').shape
  const [positions] = requiredTensor(stored, 'visual.positional_embedding').shape
  const layers = countBlocks(stored, 'visual.transformer.resblocks')
  return { kind: 'vit', width, layers, heads: width / visionHeadWidth, activation, epsilon, patch, gridSide: Math.round(Math.sqrt(positions - 1)) }
}

function resnetSizes(stored: ReadonlyMap<string, StoredTensor>): ResnetSizes {
  const [positions, width] = requiredTensor(stored, 'visual.attnpool.positional_embedding').shape
  const stage = (number: number): number => countBlocks(stored, `visual.layer${number}`)
  return {
    kind: 'resnet',
    blocks: [stage(1), stage(2), stage(3), stage(4)],
    width,
    heads: width / headWidth,
    gridSide: Math.round(Math.sqrt(positions - 1)),
  }
}

function textSizes(stored: ReadonlyMap<string, StoredTensor>, { activation = 'quick_gelu' }: OpenaiOptions): TextSizes {
  const [vocabulary, width] = requiredTensor(stored, 'token_embedding.weight').shape
  const [context] = requiredTensor(stored, 'positional_embedding').shape
  const layers = countBlocks(stored, 'transformer.resblocks')
  return { width, layers, heads: width / headWidth, activation, epsilon, context, vocabulary, endToken: undefined }
}

/** How many numbered parts there are under a name. */
function countBlocks(stored: ReadonlyMap<string, StoredTensor>, stem: string): number {
  const numbers = [...stored.keys()].filter((name) => name.startsWith(`${stem}.`)).map((name) => Number(name.slice(stem.length + 1).split('.')[0]))
  return Math.max(-1, ...numbers) + 1
}
