/**
 * A recipe file holds one stage, or several that follow each other (pre-training on noisy captions → cross-entropy → self-critical): each starts
 * from the best weights of the one before. What stands beside `stages` holds for every stage that says nothing else.
 */
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { readRegularText } from '#engine/files/regular-file.ts'
import { AppError } from '#shared/errors.ts'
import { parseJson } from '#shared/json.ts'
import { trainingRecipeSchema, type TrainingRecipe } from './recipe.ts'

/** Captions of a stage's own, in the forms that `capstan train` reads; paths are relative to the recipe file. */
const stageCaptionsSchema = z.strictObject({
  file: z.string().min(1),
  /** Folder of the photos. */
  images: z.string().min(1),
  /** Names of the photos to learn from; absent: all of the file. */
  list: z.string().min(1).optional(),
})
export type StageCaptions = z.infer<typeof stageCaptionsSchema>

const stagedSchema = z.looseObject({
  name: z.string().min(1).max(200),
  seed: z.int().min(0).default(1),
  stages: z
    .array(z.looseObject({ captions: stageCaptionsSchema.optional() }))
    .min(1)
    .max(20),
})

/** A stage's whole recipe, and where it learns from other captions than the run, those. */
export type TrainingStage = TrainingRecipe & { captions?: StageCaptions }

export interface StagedRecipe {
  name: string
  seed: number
  stages: TrainingStage[]
}

/** One stage, or several. */
export type AnyRecipe = TrainingRecipe | StagedRecipe

export function stagesOf(recipe: AnyRecipe): readonly TrainingStage[] {
  return 'stages' in recipe ? recipe.stages : [recipe]
}

/** Reads a recipe file. Throws AppError `not-found` or `bad-input`, naming the entry at fault. */
export async function readRecipe(file: string, seed?: number): Promise<AnyRecipe> {
  const text = await readRegularText(file, 10e6).catch((cause: unknown) => {
    if (cause instanceof AppError) throw cause
    throw new AppError('not-found', `The recipe ${file} cannot be read.`, { kept: 'Nothing was changed.', todo: 'Check the path.', cause })
  })
  let json: unknown
  try {
    json = parseJson(text)
  } catch (cause) {
    throw unusable(file, 'it is not JSON', cause)
  }
  return parseRecipe(json, file, seed)
}

/**
 * Fills in every default. `where` names the recipe in errors; `seed` replaces the recipe's (stage k of several trains with seed + k unless it names
 * its own, so that stages do not repeat each other's draws).
 * @throws AppError `bad-input`, naming the entry at fault
 */
export function parseRecipe(json: unknown, where: string, seed?: number): AnyRecipe {
  if (typeof json !== 'object' || json === null || !('stages' in json)) {
    const recipe = parsed(trainingRecipeSchema, json, where, '')
    return seed === undefined ? recipe : { ...recipe, seed }
  }
  const { stages, ...shared } = parsed(stagedSchema, json, where, '')
  const base = seed ?? shared.seed
  const whole = stages.map(({ captions, ...own }, index): TrainingStage => {
    const defaults = { ...shared, name: `stage ${index + 1}`, seed: base + index }
    const recipe = parsed(trainingRecipeSchema, merged(defaults, seed === undefined ? own : { ...own, seed: base + index }), where, `stages.${index}.`)
    return captions === undefined ? recipe : { ...recipe, captions }
  })
  whole.forEach((stage, index) => {
    const other = shapeFields.find((field) => !isDeepStrictEqual(shapeOf(stage)[field], shapeOf(whole[0])[field]))
    if (other !== undefined) throw unusable(where, `stages.${index}.${other} is another than the first stage’s, and all stages train one captioner`)
  })
  return { name: shared.name, seed: base, stages: whole }
}

/** What decides the captioner and what it sees: one for all stages. */
function shapeOf({ captioner, features, scenes, imagined, maximumWords, minimumCount }: TrainingRecipe) {
  const seen = { 'features.pooling': features.pooling, 'features.regions': features.regions }
  const drawn = scenes === undefined ? undefined : { ...scenes, weight: undefined }
  const unseen = imagined === undefined ? undefined : { ...imagined, weight: undefined }
  return { captioner: { ...captioner, dropout: 0, visualDropout: 0 }, ...seen, scenes: drawn, imagined: unseen, maximumWords, minimumCount }
}
const shapeFields = ['captioner', 'features.pooling', 'features.regions', 'scenes', 'imagined', 'maximumWords', 'minimumCount'] as const

/** `own` over `shared`, entry by entry, except that an object of another kind stands alone. */
function merged(shared: unknown, own: unknown): unknown {
  if (own === undefined) return shared
  if (!isRecord(shared) || !isRecord(own) || differentKind(shared, own)) return own
  return Object.fromEntries([...new Set([...Object.keys(shared), ...Object.keys(own)])].map((key) => [key, merged(shared[key], own[key])]))
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function differentKind(shared: Record<string, unknown>, own: Record<string, unknown>): boolean {
  return ['kind', 'architecture'].some((key) => own[key] !== undefined && own[key] !== shared[key])
}

function parsed<Schema extends z.ZodType>(schema: Schema, json: unknown, where: string, prefix: string): z.infer<Schema> {
  const result = schema.safeParse(json)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw unusable(where, `${prefix}${issue.path.join('.') || 'top level'}: ${issue.message}`, result.error)
}

function unusable(where: string, reason: string, cause?: unknown): AppError {
  return new AppError('bad-input', `The recipe ${where} cannot be used: ${reason}.`, {
    kept: 'Nothing was changed.',
    todo: 'Mend the recipe and try again.',
    ...(cause === undefined ? {} : { cause }),
  })
}
