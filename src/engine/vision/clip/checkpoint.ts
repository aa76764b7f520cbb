/**
 * A CLIP checkpoint as the graphs read it, whatever files it came from: sizes, and tensors under OpenAI's parameter names with two
 * changes. Attention's `in_proj_weight` and `in_proj_bias` are parted into `q_proj`, `k_proj` and `v_proj`, and both projections into the
 * shared space are linear layers: `visual.proj.weight` and `text_projection.weight`, [embedding, width].
 */
import { AppError } from '#shared/errors.ts'
import { floatValues, type StoredTensor } from '#engine/files/safetensors.ts'

export type Activation = 'quick_gelu' | 'gelu'

export interface TransformerSizes {
  readonly width: number
  readonly layers: number
  readonly heads: number
  readonly activation: Activation
  /** of the layer norms */
  readonly epsilon: number
}

/** A vision transformer of square patches; `gridSide` is the side of its learned position table. */
export interface VitSizes extends TransformerSizes {
  readonly kind: 'vit'
  readonly patch: number
  readonly gridSide: number
}

/** CLIP's modified ResNet: a stem of three convolutions, four stages, attention pooling. */
export interface ResnetSizes {
  readonly kind: 'resnet'
  /** residual blocks of each stage */
  readonly blocks: readonly [number, number, number, number]
  /** channels of the grid */
  readonly width: number
  /** of the attention pooling */
  readonly heads: number
  readonly gridSide: number
}

export interface TextSizes extends TransformerSizes {
  /** tokens of a text, the begin and end tokens included */
  readonly context: number
  readonly vocabulary: number
  /** the token whose row is projected; undefined: the largest id of the text, as in OpenAI's code */
  readonly endToken: number | undefined
}

export interface ClipCheckpoint {
  readonly vision: VitSizes | ResnetSizes
  /** undefined: the files hold no text tower */
  readonly text: TextSizes | undefined
  /** width of the space that images and texts share; undefined: there is no projection into one */
  readonly embedding: number | undefined
  readonly tensors: ReadonlyMap<string, StoredTensor>
}

/** Pixels of a cell's side: a patch, or the modified ResNets' stride. */
export function cellSide(vision: VitSizes | ResnetSizes): number {
  return vision.kind === 'vit' ? vision.patch : 32
}

/** A tensor that must be there. Throws AppError `bad-input`. */
export function requiredTensor(tensors: ReadonlyMap<string, StoredTensor>, name: string): StoredTensor {
  const tensor = tensors.get(name)
  if (tensor !== undefined) return tensor
  throw new AppError('bad-input', `The CLIP checkpoint has no tensor “${name}”.`, {
    kept: 'Nothing was changed.',
    todo: 'Export the whole model again.',
  })
}

/** The matrix with rows and columns exchanged. */
export function transposed(tensor: StoredTensor, name: string): StoredTensor {
  const [rows, columns] = tensor.shape
  const values = floatValues(tensor, name)
  const turned = new Float32Array(values.length)
  for (let row = 0; row < rows; row++) for (let column = 0; column < columns; column++) turned[column * rows + row] = values[row * columns + column]
  return { type: 'F32', shape: [columns, rows], bytes: new Uint8Array(turned.buffer) }
}
