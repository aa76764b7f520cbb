/** The experiments of a workspace, as their folders tell them: the process that runs one writes its results, this one only reads. */
import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { z } from 'zod'
import type { Job } from '#shared/jobs.ts'
import { AppError, toReport } from '#shared/errors.ts'
import { jsonOf, parseJson } from '#shared/json.ts'
import {
  experimentIdSchema,
  experimentReportSchema,
  type ExperimentDataSource,
  type ExperimentPoint,
  type ExperimentReport,
  type ExperimentSummary,
  type ExperimentView,
} from '#shared/experiments.ts'
import { experimentLayout, type CellLayout } from './experiment-layout.ts'
import type { JobQueue } from '../job-queue.ts'

/** A name as part of a folder's name. */
export function experimentId(name: string): string {
  const id = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60)
  if (experimentIdSchema.safeParse(id).success) return id
  throw new AppError('bad-input', `“${name}” cannot name a folder.`, { kept: 'Nothing was started.', todo: 'Give it a name with letters or digits.' })
}

/** All experiments that have results, by name. */
export async function listExperiments(root: string): Promise<ExperimentSummary[]> {
  const entries = await readdir(root, { withFileTypes: true }).catch((error: unknown) => {
    if (toReport(error).code === 'not-found') return []
    throw error
  })
  const ids = entries.filter((entry) => entry.isDirectory() && experimentIdSchema.safeParse(entry.name).success).map(({ name }) => name)
  const found: ExperimentSummary[] = []
  for (const id of ids.sort()) {
    const report = await readReport(join(root, id))
    if (report === undefined) continue
    const inState = (state: string): number => report.cells.filter((cell) => cell.state === state).length
    found.push({ id, name: report.name, cells: report.cells.length, done: inState('done'), failed: inState('failed') })
  }
  return found
}

/** One experiment with the curves of its cells. @throws AppError `not-found` before its first results */
export async function viewExperiment(root: string, id: string): Promise<ExperimentView> {
  const folder = join(root, id)
  const report = await experimentReport(folder)
  const layout = experimentLayout(folder)
  const cells = await Promise.all(
    report.cells.map(async ({ cell, result }) => {
      const files = layout.cell(cell.id)
      return { id: cell.id, modelFolder: result === null ? null : files.model, points: await readPoints(files) }
    }),
  )
  return { id, folder, report, cells }
}

/** What an experiment's folder says. @throws AppError `not-found` before its first results */
export async function experimentReport(folder: string): Promise<ExperimentReport> {
  const report = await readReport(folder)
  if (report !== undefined) return report
  throw new AppError('not-found', `There is no experiment “${basename(folder)}”.`, { todo: 'Reload the list, or wait for its first results.' })
}

/**
 * Queues an experiment: begun from a recipe, or gone on with. Its job names it in `result.experiment`.
 * @throws AppError `conflict` where it is running or waiting already
 */
export function runExperiment(jobs: JobQueue, experiment: string, start: { name: string; recipe: string; data: ExperimentDataSource } | null): Job {
  const live = jobs
    .list()
    .find(({ kind, state, result }) => kind === 'experiment' && result['experiment'] === experiment && ['queued', 'running', 'paused'].includes(state))
  if (live !== undefined) {
    throw new AppError('conflict', `The experiment “${experiment}” is ${live.state} already.`, { kept: 'It goes on.', todo: 'Give the new one another name.' })
  }
  const { id } = jobs.enqueue(`Experiment ${start?.name ?? experiment}`, { kind: 'experiment', experiment, start })
  return jobs.update(id, { result: { experiment } })
}

/** The table of an experiment as Markdown. @throws AppError `not-found` */
export async function experimentTable(root: string, id: string): Promise<string> {
  return readFile(experimentLayout(join(root, id)).results.markdown, 'utf8')
}

async function readReport(folder: string): Promise<ExperimentReport | undefined> {
  const text = await readIfThere(experimentLayout(folder).results.json)
  if (text === undefined) return undefined
  return jsonOf(
    experimentReportSchema,
    text,
    (reason, cause) =>
      new AppError('corrupt', `The results in ${folder} cannot be read: ${reason}.`, {
        kept: 'Its cells are kept.',
        todo: 'Run the experiment again: it writes them anew.',
        cause,
      }),
  )
}

/** What of a curve's lines is shown; the training loop writes them (engine/training/curve.ts). */
const lineSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('step'), step: z.number(), epoch: z.number(), loss: z.number() }),
  z.object({ kind: z.literal('evaluation'), step: z.number(), epoch: z.number(), scores: z.record(z.string(), z.number()) }),
])

async function readPoints({ curve, growingCurve }: CellLayout): Promise<ExperimentPoint[]> {
  const text = (await readIfThere(curve)) ?? (await readIfThere(growingCurve)) ?? ''
  return text.split('\n').flatMap((line) => {
    const point = pointOf(line)
    return point === undefined ? [] : [point]
  })
}

/** Undefined for the empty last line, or one that is just being written. */
function pointOf(line: string): ExperimentPoint | undefined {
  let json: unknown
  try {
    json = parseJson(line)
  } catch {
    return undefined
  }
  const parsed = lineSchema.safeParse(json)
  if (!parsed.success) return undefined
  const { step, epoch } = parsed.data
  return parsed.data.kind === 'step'
    ? { step, epoch, loss: parsed.data.loss, score: null }
    : { step, epoch, loss: null, score: parsed.data.scores['CIDEr'] ?? null }
}

async function readIfThere(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    if (toReport(error).code === 'not-found') return undefined
    throw error
  })
}
