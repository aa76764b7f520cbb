/** `manifest.json` of a model package: what the captioner is, what it sees with, and where it comes from. */
import { z } from 'zod'
import { captionerConfigSchema } from '#engine/captioners/captioner.ts'
import { AppError } from '#shared/errors.ts'
import { parseJson } from '#shared/json.ts'

export const packageFormatVersion = 1

const fileSchema = z.strictObject({ bytes: z.int().min(0), sha256: z.string().regex(/^[0-9a-f]{64}$/) })

/** Scores of a set of photos. */
export const packageScoresSchema = z.strictObject({
  set: z.string(),
  images: z.int().min(1),
  beam: z.int().min(1),
  scores: z.record(z.string(), z.number()),
})
export type PackageScores = z.infer<typeof packageScoresSchema>

export const provenanceSchema = z.strictObject({
  /** Id of the model it was trained from. */
  parent: z.string().nullable(),
  /** The frozen data of a fine-tuning run. */
  snapshot: z.strictObject({ id: z.int(), name: z.string() }).nullable(),
  /** The recipe as it was given. */
  recipe: z.record(z.string(), z.json()),
  seed: z.int().min(0),
  /** SHA-256 of the names and captions learned from, and of those judged by: the same recipe over other data is another model. */
  data: z.strictObject({ learned: z.string(), judged: z.string() }).exactOptional(),
  metrics: z.array(packageScoresSchema),
  created: z.iso.datetime(),
  trainingSeconds: z.number().min(0),
})
export type Provenance = z.infer<typeof provenanceSchema>

export const manifestSchema = z.strictObject({
  formatVersion: z.literal(packageFormatVersion),
  /** Also the folder's name. */
  id: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,99}$/),
  name: z.string().min(1).max(200),
  captioner: captionerConfigSchema,
  parameters: z.int().min(1),
  encoder: z.strictObject({
    id: z.string(),
    /** Of weights, preprocessing and grid: features of another encoder of the same name would be nonsense to this captioner. */
    fingerprint: z.string(),
    pooling: z.union([z.literal(1), z.literal(2)]),
    visualTokens: z.int().min(1),
    /** Visual tokens are regions: the detector's boxes of at least this score, the best of them. */
    regions: z.strictObject({ limit: z.int().min(1), minimumScore: z.number().min(0).max(1) }).optional(),
  }),
  provenance: provenanceSchema,
  files: z.strictObject({ weights: fileSchema, vocabulary: fileSchema, documentFrequency: fileSchema }),
})
export type ModelManifest = z.infer<typeof manifestSchema>

/** Parses a manifest's text; `path` names it in errors. Throws AppError `newer-version` or `corrupt`. */
export function parseManifest(text: string, path: string): ModelManifest {
  let json: unknown
  try {
    json = parseJson(text)
  } catch (cause) {
    throw new AppError('corrupt', `${path} is not JSON.`, { todo: 'Copy the model package again.', cause })
  }
  const version = z.object({ formatVersion: z.number() }).safeParse(json)
  if (version.success && version.data.formatVersion > packageFormatVersion) {
    throw new AppError('newer-version', `${path} was written by a newer Capstan.`, { todo: 'Update Capstan to use this model.' })
  }
  const parsed = manifestSchema.safeParse(json)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new AppError('corrupt', `${path} is not a model manifest: ${issue.path.join('.')}: ${issue.message}.`, {
    todo: 'Copy the model package again.',
    cause: parsed.error,
  })
}
