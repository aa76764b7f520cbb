/** `manifest.json` of an encoder package: what a folder under `models/encoders/` says about its weights. */
import { z } from 'zod'
import { AppError } from '#shared/errors.ts'
import { parseJson } from '#shared/json.ts'

export const encoderFormatVersion = 1

const size = z.number().int().positive()
/** A manifest that lies must not make inputs and grids that no memory holds: limits far above what is published. */
export const largestSide = 8192 // pixels
const side = size.max(largestSide)
const cells = size.max(1024) // a side
const channels = size.max(65_536)
const colour = z.tuple([z.number(), z.number(), z.number()])

/** How a photo becomes the input tensor [n, 3, height, width]. */
export const preprocessingSchema = z.object({
  width: side,
  height: side,
  /** per colour (red, green, blue), of values in 0–1: (value − mean) / std */
  mean: colour,
  std: colour,
  /** crop: short side to size, centre cut out; squash: both sides to size; letterbox: long side to size, rest black */
  resize: z.enum(['crop', 'squash', 'letterbox']),
  interpolation: z.enum(['bicubic', 'bilinear']),
  /** crop: what the short side is resized to before the centre is cut out, where that is more than the input's size */
  shortSide: side.optional(),
  /**
   * as-stored: levels as the file has them, its colour profile ignored, as published preprocessing does (Pillow's `convert('RGB')`);
   * converted: brought to sRGB by the profile, as packages without this entry always were. EXIF orientation is applied either way.
   */
  colour: z.enum(['as-stored', 'converted']).optional(),
})
export type Preprocessing = z.infer<typeof preprocessingSchema>

/** A file of the package, beside the manifest. */
const fileSchema = z.object({ file: z.string().regex(/^\w[\w.-]*\.(onnx|json)$/), sha256: z.string().regex(/^[0-9a-f]{64}$/), bytes: size })
export type PackageFile = z.infer<typeof fileSchema>

export const encoderManifestSchema = z.object({
  formatVersion: z.literal(encoderFormatVersion),
  id: z.string().regex(/^[a-z0-9][a-z0-9.-]*$/),
  name: z.string().min(1),
  kind: z.enum(['detector', 'clip-vit', 'clip-resnet', 'onnx']),
  /** raised when the same id is built differently */
  revision: z.number().int().positive(),
  input: z.object({ name: z.string() }).and(preprocessingSchema),
  /** output [n, tokens, width]: rows × columns cells, row-major from the top left; `classToken` 'first': one token more, before the cells */
  grid: z.object({
    output: z.string(),
    rows: cells,
    columns: cells,
    width: channels,
    classToken: z.literal('first').optional(),
    /** channels of the class token, from `first` on: for each label how sure the detector is of such a thing, then for each how much of it there is */
    evidence: z.object({ first: z.number().int().nonnegative(), labels: z.array(z.string()).min(1) }).optional(),
  }),
  /** output [n, width] */
  pooled: z.object({ output: z.string(), width: channels }),
  /** raw outputs of an SSD head: boxes [n, anchors, 4], classes [n, anchors, labels]; label 0 is the background */
  detection: z.object({ boxes: z.string(), classes: z.string(), anchors: z.literal('ssd-300'), labels: z.array(z.string()).min(2) }).optional(),
  /** the one batch size that the graph takes; absent: any */
  batch: size.max(1024).optional(),
  /** CLIP's text tower: `ids` [n, context] and `ends` [n] to `embeddings` [n, pooled width] */
  text: z.object({ context: size.max(65_536), endToken: z.number().int().nonnegative().optional(), weights: fileSchema, tokenizer: fileSchema }).optional(),
  /** why a CLIP has no `text`, a sentence about what was missing when it was added */
  textMissing: z.string().min(1).optional(),
  licence: z.string().min(1),
  source: z.string().min(1),
  weights: fileSchema,
})
export type EncoderManifest = z.infer<typeof encoderManifestSchema>

/** Parses a manifest's text. Throws AppError `newer-version` or `corrupt`, naming the file and the first wrong entry. */
export function parseEncoderManifest(text: string, path: string): EncoderManifest {
  const what = `The encoder manifest ${path}`
  let content: unknown
  try {
    content = parseJson(text)
  } catch (cause) {
    throw new AppError('corrupt', `${what} is not JSON.`, { todo: 'Add the encoder again.', cause })
  }
  const version = z.object({ formatVersion: z.number() }).safeParse(content)
  if (version.success && version.data.formatVersion > encoderFormatVersion)
    throw new AppError('newer-version', `${what} was written by a newer Capstan.`, { todo: 'Update Capstan, or add the encoder again.' })
  const parsed = encoderManifestSchema.safeParse(content)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new AppError('corrupt', `${what} is not valid: ${issue.path.join('.')}: ${issue.message}.`, { todo: 'Add the encoder again.' })
}
