/** Image encoders, photos found through them, and the features that are kept: as the window sees them. */
import { z } from 'zod'
import type { ErrorReport } from './errors.ts'

export interface EncoderSummary {
  id: string
  name: string
  kind: 'detector' | 'clip-vit' | 'clip-resnet' | 'onnx'
  licence: string
  /** what it was made from */
  source: string
  sha256: string
  bytes: number
  input: {
    width: number
    height: number
    resize: 'crop' | 'squash' | 'letterbox'
    interpolation: 'bicubic' | 'bilinear'
    mean: number[]
    std: number[]
    /** whether levels are taken as the file has them, or brought to sRGB by its colour profile */
    colour: 'as-stored' | 'converted'
  }
  grid: { rows: number; columns: number; width: number; classToken: boolean }
  pooledWidth: number
  /** has a text tower: search by text, labels, CLIPScore */
  texts: boolean
  /** of a CLIP that cannot read texts: what was missing when it was added; null: nothing is known to be */
  textMissing: string | null
  /** finds objects */
  boxes: boolean
  /** added by a person; those that ship with the app stay */
  removable: boolean
}

export interface EncoderList {
  encoders: EncoderSummary[]
  /** packages that cannot be used, and why */
  problems: { folder: string; report: ErrorReport }[]
}

/** What a check of a package found: its files are the manifest's, and one photo went through. */
export interface EncoderCheck {
  encoderId: string
  provider: string
  imagesPerSecond: number
}

export interface AddedEncoderReport extends EncoderCheck {
  encoder: EncoderSummary
  /** the choices that the import made */
  notes: string[]
}

export const encoderId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9.-]*$/)
  .max(200)

const blankIsAbsent = (text: string): string | undefined => (text.trim() === '' ? undefined : text.trim())
const optionalText = z.string().max(1000).transform(blankIsAbsent).optional()

/** What `capstan encoder add` is told, from a form: blank fields are left to the files. */
export const addEncoderSchema = z.object({
  path: z.string().min(1).max(4096),
  name: optionalText,
  licence: optionalText,
  /** CLIP: last-block or post-layernorm; ONNX: the tensor that holds the grid */
  grid: optionalText,
  /** ONNX: rows and columns of the grid's cells, as 14x14, where its shape can be read in two ways */
  cells: optionalText,
  classToken: z.boolean().default(false),
  size: z.number().int().min(8).max(4096).nullable().default(null),
  resize: z.enum(['crop', 'squash', 'letterbox']).nullable().default(null),
  /** null: as stored */
  colour: z.enum(['as-stored', 'converted']).nullable().default(null),
  /** imagenet, half, clip, none, or means/deviations as 0.5,0.5,0.5/0.5,0.5,0.5 */
  normalise: optionalText,
})

/** What photos are looked for by. */
export const photoQuerySchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('text'), text: z.string().min(1).max(1000) }),
  z.object({ kind: z.literal('similar'), imageId: z.number().int().positive() }),
  /** photos whose likeliest of the words is `label`; null: only count them */
  z.object({ kind: z.literal('label'), words: z.array(z.string().min(1).max(200)).min(2).max(1000), label: z.string().nullable() }),
  z.object({ kind: z.literal('duplicates'), similarity: z.number().min(0.5).max(1) }),
])
export type PhotoQuery = z.infer<typeof photoQuerySchema>

export interface PhotoSearchResult {
  /** best first; duplicates: group after group */
  images: { imageId: number; /** cosine; of a label its probability */ similarity: number }[]
  /** photos with an embedding, of all */
  embedded: number
  total: number
  /** of a label query: how many photos each word fits best */
  labels: { word: string; images: number }[]
  /** of a query for duplicates: how many groups there are */
  groups: number
}

/** One cache of the workspace's features. */
export interface FeatureCacheSummary {
  name: string
  encoderId: string
  tokens: number
  width: number
  mirrored: boolean
  bytes: number
  usedAt: string
  inUse: boolean
}
