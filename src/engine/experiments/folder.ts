/**
 * An experiment's folder: `experiment.json` (the recipe and where its paths begin), `cells/<id>/` with the cell's record, model package,
 * checkpoints, curve and per-image scores, and beside them the results: one table as Markdown, CSV and JSON, and plots.
 */
import { mkdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { writeWhole } from '#engine/workspace/export/write-file.ts'
import { AppError, toReport } from '#shared/errors.ts'
import { cellResultSchema, cellStates, experimentFormatVersion, reportSchema } from '#shared/experiments.ts'
import { experimentRecipeSchema, type ExperimentSource } from './recipe.ts'

export interface ExperimentLayout {
  folder: string
  plan: string
  results: { markdown: string; csv: string; json: string }
  cell(id: string): CellLayout
}

export interface CellLayout {
  folder: string
  record: string
  /** The model package, in a folder of its own whose only package it is. */
  model: string
  checkpoints: string
  /** The curve: it grows beside the checkpoints and is moved here when the cell is done. */
  growingCurve: string
  curve: string
  scores: string
}

export function experimentLayout(folder: string): ExperimentLayout {
  return {
    folder,
    plan: join(folder, 'experiment.json'),
    results: { markdown: join(folder, 'results.md'), csv: join(folder, 'results.csv'), json: join(folder, 'results.json') },
    cell(id) {
      const home = join(folder, 'cells', id)
      const checkpoints = join(home, 'checkpoints')
      return {
        folder: home,
        record: join(home, 'cell.json'),
        model: join(home, 'model', id),
        checkpoints,
        growingCurve: join(checkpoints, 'curve.jsonl'),
        curve: join(home, 'curve.jsonl'),
        scores: join(home, 'scores.jsonl'),
      }
    },
  }
}

const planSchema = z.strictObject({
  formatVersion: z.literal(experimentFormatVersion),
  baseFolder: z.string(),
  recipe: experimentRecipeSchema,
})

/** Reads what an experiment's folder was begun with. @throws AppError `not-found`, `corrupt` */
export async function readPlan(folder: string): Promise<ExperimentSource> {
  const { plan } = experimentLayout(folder)
  const { recipe, baseFolder } = parseStored(planSchema, await readFile(plan, 'utf8'), plan)
  return { recipe, baseFolder }
}

export async function writePlan(folder: string, { recipe, baseFolder }: ExperimentSource): Promise<void> {
  await mkdir(folder, { recursive: true })
  await writeJson(experimentLayout(folder).plan, { formatVersion: experimentFormatVersion, baseFolder, recipe })
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
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw damaged(file, 'it is not JSON', cause)
  }
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw damaged(file, `${issue.path.join('.')}: ${issue.message}`, parsed.error)
}

function damaged(file: string, reason: string, cause: unknown): AppError {
  return new AppError('corrupt', `${file} cannot be used: ${reason}.`, {
    kept: 'Nothing was changed.',
    todo: 'Mend it, or begin the experiment in another folder.',
    cause,
  })
}
