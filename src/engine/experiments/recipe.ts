/** Experiment recipes: what a grid of training runs varies, on which data, and how the runs are judged and compared. */
import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import { readRegularText } from '#engine/files/regular-file.ts'
import { AppError } from '#shared/errors.ts'
import { parseJson } from '#shared/json.ts'
import { askedNames } from '#shared/metrics/table.ts'

const text = z.string().min(1)
const name = z.string().min(1).max(60)

/** Part of a training recipe or of its captioner; checked when it is put together for a cell. */
const part = z.record(z.string(), z.json())

/** Names a cell's coordinates: those given are the baseline's, the others are the compared cell's own. */
const baselineSchema = z
  .strictObject({ encoder: name.optional(), captioner: name.optional(), recipe: name.optional(), seed: z.int().min(0).optional() })
  .refine((given) => Object.keys(given).length > 0, { error: 'name at least one of encoder, captioner, recipe and seed' })
export type Baseline = z.infer<typeof baselineSchema>

/** Those whose tools an experiment has. */
const experimentMetrics = askedNames(['SPICE', 'encoder'])

export const experimentRecipeSchema = z.strictObject({
  name: z.string().min(1).max(200),
  /** What it asks and what it is sized for, for the table. */
  description: z.string().max(4000).default(''),
  /** Where the data lies is told when the recipe is run: paths here, relative to the recipe's file, are for recipes that nobody else runs. */
  data: z
    .strictObject({
      /** Flickr8k token file or COCO captions JSON. */
      captions: text.exactOptional(),
      images: text.exactOptional(),
      /** File names (or COCO image ids) of the photos to learn from and to judge by, one a line. */
      trainList: text.exactOptional(),
      devList: text.exactOptional(),
      /** Whose the data is and under which terms, for the model cards. */
      terms: z.string().optional(),
      /** Only the first so many photos of each list. */
      limits: z.strictObject({ train: z.int().min(1).optional(), dev: z.int().min(1).optional() }).prefault({}),
    })
    .prefault({}),
  /** Ids of added encoders, or folders of encoder packages. */
  encoders: z.array(z.union([name.transform((encoder) => ({ name: encoder, encoder })), z.strictObject({ name, encoder: text })])).min(1),
  /** What each changes in the captioner of the training recipe. */
  captioners: z.array(z.strictObject({ name, captioner: part })).min(1),
  /** Training recipes, of one stage or several (`stages`); what they leave out has defaults. Seeds come from `seeds`. */
  recipes: z.array(part.and(z.object({ name }))).min(1),
  seeds: z.array(z.int().min(0)).min(1).default([1]),
  /** Beam width of the judged captions. */
  beam: z.int().min(1).max(10).default(3),
  /** METEOR is the variant whose resources are there, under the variant's own name. */
  metrics: z.array(z.enum(experimentMetrics)).min(1).default(['Bleu_1', 'Bleu_4', 'METEOR', 'ROUGE_L', 'CIDEr']),
  /** What every cell is compared with, photo by photo; several give a table each. */
  baselines: z.array(baselineSchema).default([]),
})

/** Where an experiment's photos and captions lie. */
export type DataPaths = Pick<z.infer<typeof experimentRecipeSchema>['data'], 'captions' | 'images' | 'trainList' | 'devList'>
export type ExperimentRecipe = z.infer<typeof experimentRecipeSchema>
/** A recipe as it is written, before defaults. */
export type ExperimentRecipeInput = z.input<typeof experimentRecipeSchema>

export interface ExperimentSource {
  recipe: ExperimentRecipe
  /** Where the recipe's relative paths begin. */
  baseFolder: string
}

/** Reads a recipe file. @throws AppError `not-found`, or `bad-input` naming the entry at fault */
export async function readExperimentRecipe(file: string): Promise<ExperimentSource> {
  const content = await readRegularText(file, 10e6).catch((cause: unknown) => {
    if (cause instanceof AppError) throw cause
    throw new AppError('not-found', `The recipe ${file} cannot be read.`, { todo: 'Check the path.', cause })
  })
  let json: unknown
  try {
    json = parseJson(content)
  } catch (cause) {
    throw unusable(`${file} is not JSON`, cause)
  }
  return { recipe: parseExperimentRecipe(json, file), baseFolder: dirname(resolve(file)) }
}

/** The recipe with its data where the given paths say, relative to the working folder. */
export function withData({ recipe, baseFolder }: ExperimentSource, paths: DataPaths): ExperimentSource {
  const absolute = Object.fromEntries(Object.entries(paths).flatMap(([name, path]) => (path === undefined ? [] : [[name, resolve(path)]])))
  return { recipe: { ...recipe, data: { ...recipe.data, ...absolute } }, baseFolder }
}

/** Checks a recipe; `source` names it in errors. @throws AppError `bad-input` */
export function parseExperimentRecipe(json: unknown, source: string): ExperimentRecipe {
  const parsed = experimentRecipeSchema.safeParse(json)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw unusable(`${source}, ${issue.path.join('.') || 'top level'}: ${issue.message}`, parsed.error)
}

export function unusable(reason: string, cause?: unknown): AppError {
  return new AppError('bad-input', `${reason}.`, {
    kept: 'Nothing was started.',
    todo: 'Mend the experiment’s recipe and try again.',
    ...(cause === undefined ? {} : { cause }),
  })
}
