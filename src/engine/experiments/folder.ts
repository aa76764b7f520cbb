/**
 * What an experiment keeps in its folder beside models and curves: `experiment.json` (the recipe, and where its paths begin) and each cell's
 * record. The results lie beside them: one table as Markdown, CSV and JSON, and plots.
 */
import { mkdir, readFile, rename, rm } from 'node:fs/promises'
import { z } from 'zod'
import { experimentLayout, type CellLayout } from '#engine/workspace/experiments/experiment-layout.ts'
import { writeWhole } from '#engine/files/write-whole.ts'
import { AppError, toReport } from '#shared/errors.ts'
import { jsonOf } from '#shared/json.ts'
import { cellResultSchema, cellStates, experimentDataSources, experimentFormatVersion, reportSchema, type ExperimentDataSource } from '#shared/experiments.ts'
import { experimentRecipeSchema, type ExperimentSource } from './recipe.ts'

const planSchema = z.strictObject({
  formatVersion: z.literal(experimentFormatVersion),
  baseFolder: z.string(),
  data: z.enum(experimentDataSources),
  recipe: experimentRecipeSchema,
})

export interface ExperimentPlan extends ExperimentSource {
  /** Where the photos come from. */
  data: ExperimentDataSource
}

/** Reads what an experiment's folder was begun with. @throws AppError `not-found`, `corrupt` */
export async function readPlan(folder: string): Promise<ExperimentPlan> {
  const { plan } = experimentLayout(folder)
  const { recipe, baseFolder, data } = parseStored(planSchema, await readFile(plan, 'utf8'), plan)
  return { recipe, baseFolder, data }
}

export async function writePlan(folder: string, { recipe, baseFolder, data }: ExperimentPlan): Promise<void> {
  await mkdir(folder, { recursive: true })
  await writeJson(experimentLayout(folder).plan, { formatVersion: experimentFormatVersion, baseFolder, data, recipe })
}

const recordSchema = z.strictObject({
  formatVersion: z.literal(experimentFormatVersion),
  state: z.enum(cellStates),
  /** Of everything that decides the cell's result: its training recipe, encoder, data, beam and metrics. */
  fingerprint: z.string(),
  error: reportSchema.nullable(),
  result: cellResultSchema.nullable(),
})
export type CellRecord = Omit<z.infer<typeof recordSchema>, 'formatVersion'>

/** What is known of a cell; undefined before it was begun. @throws AppError `corrupt` */
export async function readRecord(layout: CellLayout): Promise<CellRecord | undefined> {
  const text = await readFile(layout.record, 'utf8').catch((error: unknown) => {
    if (toReport(error).code === 'not-found') return undefined
    throw error
  })
  if (text === undefined) return undefined
  const { formatVersion: _formatVersion, ...record } = parseStored(recordSchema, text, layout.record)
  return record
}

export async function writeRecord(layout: CellLayout, record: CellRecord): Promise<void> {
  await mkdir(layout.folder, { recursive: true })
  await writeJson(layout.record, { formatVersion: experimentFormatVersion, ...record })
}

/** Puts the curve of a cell that is done where it stays, and removes its checkpoints. */
export async function settle({ growingCurve, curve, checkpoints }: CellLayout): Promise<void> {
  await rename(growingCurve, curve).catch((error: unknown) => {
    if (toReport(error).code !== 'not-found') throw error
  })
  await rm(checkpoints, { recursive: true, force: true })
}

export async function writeJson(file: string, value: unknown): Promise<void> {
  await writeWhole(file, `${JSON.stringify(value, null, 2)}\n`)
}

function parseStored<Schema extends z.ZodType>(schema: Schema, text: string, file: string): z.infer<Schema> {
  return jsonOf(schema, text, (reason, cause) => damaged(file, reason, cause))
}

function damaged(file: string, reason: string, cause: unknown): AppError {
  return new AppError('corrupt', `${file} cannot be used: ${reason}.`, {
    kept: 'Nothing was changed.',
    todo: 'Mend it, or begin the experiment in another folder.',
    cause,
  })
}
