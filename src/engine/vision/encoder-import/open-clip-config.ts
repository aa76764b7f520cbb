/** OpenCLIP's `open_clip_config.json`: `preprocess_cfg` says how a photo becomes an input (open_clip/transform.py, `PreprocessCfg`). */
import { z } from 'zod'
import { AppError } from '#shared/errors.ts'
import { namedNormalisations, type KnownPreprocessing } from './preprocessor-config.ts'

const side = z.number().int().positive()
const colour = z.tuple([z.number(), z.number(), z.number()])

const configSchema = z.object({
  model_cfg: z.object({ vision_cfg: z.object({ image_size: z.union([side, z.tuple([side, side])]).optional() }).optional() }).optional(),
  preprocess_cfg: z
    .object({
      mean: colour.default([...namedNormalisations.clip.mean]),
      std: colour.default([...namedNormalisations.clip.std]),
      interpolation: z.enum(['bicubic', 'bilinear']).default('bicubic'),
      /** `shortest`: scaled by the short side and cut; `longest`: scaled by the long side and padded */
      resize_mode: z.enum(['shortest', 'longest', 'squash']).default('shortest'),
      /** colour of the padding, one grey level or three */
      fill_color: z.union([z.number(), z.array(z.number())]).optional(),
    })
    .optional(),
})

const resizes = { shortest: 'crop', longest: 'letterbox', squash: 'squash' } as const

/** What the file says; undefined where it says nothing of preprocessing. @throws AppError `bad-input` naming the entry that cannot be followed */
export function readOpenClipConfig(json: unknown, source: string): KnownPreprocessing | undefined {
  const parsed = configSchema.safeParse(json)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new AppError('bad-input', `${source} cannot be followed: ${issue.path.join('.')}: ${issue.message}.`, { todo: 'Correct the file.' })
  }
  const { model_cfg: model, preprocess_cfg: preprocess } = parsed.data
  if (preprocess === undefined) return undefined
  const { mean, std, interpolation, resize_mode: mode, fill_color: fill } = preprocess
  if (mode === 'longest' && fill !== undefined && [fill].flat().some((level) => level !== 0)) {
    throw new AppError('bad-input', `${source} cannot be followed: preprocess_cfg.fill_color: padding is black here.`, { todo: 'Correct the file.' })
  }
  const size = model?.vision_cfg?.image_size
  const [height, width] = typeof size === 'number' ? [size, size] : (size ?? [])
  return { mean, std, interpolation, resize: resizes[mode], ...(width === undefined || height === undefined ? {} : { width, height }) }
}
