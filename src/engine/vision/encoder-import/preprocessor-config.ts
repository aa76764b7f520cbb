/** Hugging Face's `preprocessor_config.json`, as far as it says how a photo becomes an input. */
import { z } from 'zod'
import { AppError } from '#shared/errors.ts'
import { largestSide, type Preprocessing } from '../encoders/encoder-manifest.ts'

const side = z.number().int().positive().max(largestSide)
const colour = z.tuple([z.number(), z.number(), z.number()])
const square = z.object({ height: side, width: side }).transform(({ height, width }) => ({ height, width }))

const configSchema = z.object({
  size: z.union([side, z.object({ shortest_edge: side }), square]).optional(),
  crop_size: z.union([side.transform((length) => ({ height: length, width: length })), square]).optional(),
  do_center_crop: z.boolean().default(false),
  do_normalize: z.boolean().default(true),
  image_mean: colour.default([0.5, 0.5, 0.5]),
  image_std: colour.default([0.5, 0.5, 0.5]),
  /** PIL's numbers: 2 bilinear, 3 bicubic */
  resample: z.number().int().default(3),
})

/** What is known of an encoder's preprocessing: a file may leave sizes open. */
export type KnownPreprocessing = Pick<Preprocessing, 'mean' | 'std' | 'resize' | 'interpolation' | 'colour'> &
  Partial<Pick<Preprocessing, 'width' | 'height' | 'shortSide'>>

export const namedNormalisations = {
  clip: { mean: [0.48145466, 0.4578275, 0.40821073], std: [0.26862954, 0.26130258, 0.27577711] },
  imagenet: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  /** x / 127.5 − 1 */
  half: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
  /** x / 255 */
  none: { mean: [0, 0, 0], std: [1, 1, 1] },
} as const satisfies Record<string, { mean: readonly number[]; std: readonly number[] }>
export type NamedNormalisation = keyof typeof namedNormalisations

/** A name of `namedNormalisations`, or `mean,mean,mean/std,std,std` of values in 0–1. Throws AppError `bad-input`. */
export function parseNormalisation(text: string): Pick<Preprocessing, 'mean' | 'std'> {
  if (text in namedNormalisations) {
    const { mean, std } = namedNormalisations[text as NamedNormalisation]
    return { mean: [...mean], std: [...std] }
  }
  const parsed = z.tuple([colour, colour]).safeParse(text.split('/').map((part) => part.split(',').map(Number)))
  if (parsed.success && parsed.data[1].every((value) => value > 0)) return { mean: parsed.data[0], std: parsed.data[1] }
  throw new AppError('bad-input', `“${text}” is no normalisation.`, {
    todo: `Give ${Object.keys(namedNormalisations).join(', ')}, or three means and three deviations as 0.5,0.5,0.5/0.5,0.5,0.5.`,
  })
}

/** Reads a parsed `preprocessor_config.json`. Throws AppError `bad-input` naming the entry that cannot be followed. */
export function readPreprocessorConfig(json: unknown, source: string): KnownPreprocessing {
  const parsed = configSchema.safeParse(json)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new AppError('bad-input', `${source} cannot be followed: ${issue.path.join('.')}: ${issue.message}.`, { todo: 'Correct the file.' })
  }
  const config = parsed.data
  if (config.resample !== 2 && config.resample !== 3)
    throw new AppError('bad-input', `${source} asks for resampling ${config.resample}; 2 (bilinear) and 3 (bicubic) are known.`, { todo: 'Correct the file.' })
  const { mean, std } = config.do_normalize ? { mean: config.image_mean, std: config.image_std } : parseNormalisation('none')
  return { mean, std, interpolation: config.resample === 3 ? 'bicubic' : 'bilinear', ...geometry(config) }
}

function geometry({
  size,
  crop_size: crop,
  do_center_crop: cuts,
}: z.infer<typeof configSchema>): Pick<KnownPreprocessing, 'resize' | 'width' | 'height' | 'shortSide'> {
  if (size !== undefined && typeof size === 'object' && 'height' in size) return { resize: 'squash', ...size }
  const short = typeof size === 'object' ? size.shortest_edge : size
  if (!cuts || crop === undefined) return { resize: 'crop', ...(short !== undefined && { width: short, height: short }) }
  const more = short !== undefined && short > Math.max(crop.width, crop.height)
  return { resize: 'crop', ...crop, ...(more && { shortSide: short }) }
}
