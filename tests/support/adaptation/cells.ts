/** The cells of the adaptation benchmark's table, and where each one's result lies: a file whose name tells its full settings. */
import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { fineTuningRevision } from '#engine/fine-tuning/fine-tuning-recipe.ts'
import { fineTuneRecipeSchema, type FineTuneRecipe } from '#shared/domain.ts'
import { gateReportSchema, verdicts } from '#shared/fine-tuning.ts'
import { toReport } from '#shared/errors.ts'
import { cacheFolder } from './parents.ts'
import { folds, type ParentKind } from './situations.ts'

/** `random` photos are corrected, or those that the parent's queue puts first. */
export const choices = ['random', 'queue'] as const
export type Choice = (typeof choices)[number]

/** A photo is corrected to one of its captions: to any, or to the one nearest to what the parent says. */
export const annotators = ['any', 'nearest'] as const
export type Annotator = (typeof annotators)[number]

export interface Cell {
  parent: ParentKind
  theme: string
  corrections: number
  seed: number
  fold: number
  choice: Choice
  annotator: Annotator
  recipe: FineTuneRecipe
  basePhotos: number
  baseEpochs: number
  /** Elsewhere is judged by so many photos at most. */
  elsewhere: number
}

const judgedSchema = z.array(z.object({ photo: z.string(), before: z.number(), after: z.number() }))
export type JudgedPhotos = z.infer<typeof judgedSchema>

const resultSchema = z.object({
  corrected: z.number(),
  heldOut: z.number(),
  rehearsed: z.number(),
  newWords: z.array(z.string()),
  steps: z.number(),
  /** What the gate said, and whether the parent was kept. */
  outcome: z.enum(verdicts),
  gate: gateReportSchema,
  minutes: z.number(),
  processorMinutes: z.number(),
  /** CIDEr-D of each photo, before and after. */
  on: judgedSchema,
  elsewhere: judgedSchema,
  samples: z.array(z.object({ before: z.string(), after: z.string(), reference: z.string() })),
})
export type CellResult = z.infer<typeof resultSchema>

export interface CellPlan {
  parents: readonly ParentKind[]
  themes: readonly string[]
  corrections: readonly number[]
  seeds: number
  /** Trials choose by seeds that no table reports. */
  firstSeed: number
  choice: Choice
  annotator: Annotator
  recipe: unknown
  basePhotos: number
  baseEpochs: number
  elsewhere: number
}

/** All cells, one seed after the other, so that a table of few seeds is there early. */
export function plannedCells(plan: CellPlan): Cell[] {
  const { choice, annotator, basePhotos, baseEpochs, elsewhere, firstSeed } = plan
  return Array.from({ length: plan.seeds }, (_, index) => index + firstSeed).flatMap((seed) =>
    plan.parents.flatMap((parent) =>
      plan.themes.flatMap((theme) =>
        plan.corrections.flatMap((corrections) =>
          Array.from({ length: theme === 'coco' ? folds : 1 }, (_, fold): Cell => {
            const recipe = fineTuneRecipeSchema.parse({ ...z.record(z.string(), z.unknown()).parse(plan.recipe), seed })
            return { parent, theme, corrections, seed, fold, choice, annotator, recipe, basePhotos, baseEpochs, elsewhere }
          }),
        ),
      ),
    ),
  )
}

function fileOf(cell: Cell): string {
  const { parent, theme, corrections, seed, fold, choice } = cell
  const digest = createHash('sha256')
    .update(JSON.stringify({ cell, revision: fineTuningRevision }))
    .digest('hex')
    .slice(0, 10)
  return join(cacheFolder, 'cells', `${parent}-${theme}-${corrections}-${choice}-seed${seed}-fold${fold}-${digest}.json`)
}

/** The cell's result where an earlier run of the benchmark left one. */
export async function storedResult(cell: Cell): Promise<CellResult | undefined> {
  try {
    return resultSchema.parse(JSON.parse(await readFile(fileOf(cell), 'utf8')))
  } catch (error) {
    if (toReport(error).code === 'not-found') return undefined
    throw error
  }
}

export async function storeResult(cell: Cell, result: CellResult): Promise<void> {
  const file = fileOf(cell)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(`${file}.partial`, JSON.stringify({ cell, ...result }))
  await rename(`${file}.partial`, file)
}
