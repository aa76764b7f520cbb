/**
 * Runs the cells of an experiment one after the other and keeps its table up to date. A finished cell is never run again, an interrupted one
 * goes on from its checkpoint, a failed one is recorded with its reason while the rest goes on; it is tried again the next time.
 */
import { createHash } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { logReport } from '#engine/log/log.ts'
import type { SessionOptions } from '#engine/runtime/session.ts'
import type { MeteorOptions } from '#engine/metrics/meteor/meteor.ts'
import { readCaptionedImages, selectListed, type CaptionedImage } from '#engine/datasets/captioned-photos.ts'
import { checkLists, digestOfCaptions } from '#engine/training/data/check-lists.ts'
import type { TrainFromCaptions } from '#engine/training/runs/training-run.ts'
import { experimentLayout, type ExperimentLayout } from '#engine/workspace/experiments/experiment-layout.ts'
import { lockFile } from '#engine/workspace/storage/lock.ts'
import { AppError, toReport } from '#shared/errors.ts'
import { experimentFormatVersion, type ExperimentReport } from '#shared/experiments.ts'
import { baselineTitle, expandCells, type PlannedCell } from './cells.ts'
import { comparerOf } from './comparison.ts'
import { readRecord, settle, writePlan, writeRecord, type CellRecord } from './folder.ts'
import type { ExperimentSource } from './recipe.ts'
import { writeResults } from './results.ts'
import { runCell } from './run-cell.ts'

export interface ExperimentRun extends ExperimentSource {
  /** Where the experiment lies; begun there, or gone on with. */
  folder: string
  /** How to do it again, for the table. */
  command: string
  /** The photos, where the recipe's own data is not meant. */
  data?: ExperimentData
  meteor?: MeteorOptions
  encoderRoots: readonly string[]
  featureFolder: string
  session: SessionOptions
  /**
   * The cells that this process runs, by their places from 0 on, where several share an experiment in a folder that all of them see; the others’ results are only
   * read. Absent: all cells, and no other process may run any.
   */
  mine?: (place: number) => boolean
  /** Aborting ends the run after the step in hand. */
  signal: AbortSignal
  /** Awaited between steps: pends while the run is paused. */
  unpaused?: () => Promise<void>
  tell: ExperimentTell
}

export interface ExperimentTell extends Pick<TrainFromCaptions['tell'], 'progress' | 'note'> {
  /** A cell begins, `position` of `total` from 1 on. */
  cell(cell: PlannedCell, position: number, total: number): void
  /** What is being done for the cell in hand. */
  stage(title: string): void
  /** The results were written anew. */
  report(report: ExperimentReport): void
}

/** Captioned photos to learn from and to judge by, and what they are in words. */
export interface ExperimentData {
  train: readonly CaptionedImage[]
  dev: readonly CaptionedImage[]
  note: string
}

/** Photos of dev, shared out: what chooses a cell's checkpoint does not judge it. */
interface SharedOutData extends ExperimentData {
  choosing: readonly CaptionedImage[]
  judged: readonly CaptionedImage[]
}

/**
 * Runs what is not done yet. Returns the report; failed cells are in it.
 * @throws AppError `cancelled` (what is finished is kept), `bad-input`, `not-found`, or `conflict` where a cell was run with other settings or another process runs it
 */
export async function runExperiment(run: ExperimentRun): Promise<ExperimentReport> {
  const { recipe, folder, signal, tell } = run
  const cells = expandCells(recipe)
  const data = sharedOut(run.data ?? (await readData(run)))
  checkLists(data)
  const layout = experimentLayout(folder)
  await mkdir(folder, { recursive: true })
  const mine = new Set(cells.filter((_cell, place) => run.mine?.(place) ?? true).map(({ id }) => id))
  const lock = lockFile(join(folder, 'experiment.lock'), `The experiment in ${folder} is running in another process.`)
  // Those who share it only see that nobody runs all of it.
  if (run.mine !== undefined) lock.release()
  try {
    const records = await openRecords(run, layout, cells, data, mine)
    await writePlan(folder, { ...run, data: run.data === undefined ? 'recipe' : 'workspace' })
    const comparer = comparerOf(cells, layout)
    const report = async (): Promise<ExperimentReport> => {
      for (const { id } of cells) {
        const record = mine.has(id) ? undefined : await readRecord(layout.cell(id))
        if (record !== undefined) records.set(id, record)
      }
      const written = reportOf(run, data, await comparer.compare(records))
      await writeResults(layout, recipe, written)
      tell.report(written)
      return written
    }
    await report()
    for (const [index, cell] of cells.entries()) {
      const record = records.get(cell.id)
      if (record === undefined || record.state === 'done' || !mine.has(cell.id)) continue
      if (signal.aborted) throw cancelled()
      await mkdir(layout.cell(cell.id).folder, { recursive: true })
      const cellLock = lockFile(layout.cell(cell.id).lock, `The cell ${cell.id} in ${folder} is running in another process.`)
      tell.cell(cell, index + 1, cells.length)
      const keep = async (change: Partial<CellRecord>): Promise<void> => {
        Object.assign(record, change)
        await writeRecord(layout.cell(cell.id), record)
        await report()
      }
      try {
        await keep({ state: 'running', error: null, result: null })
        const result = await runCell({
          ...run,
          ...resources(run, data),
          recipeFolder: run.baseFolder,
          cell,
          layout: layout.cell(cell.id),
          unpaused: run.unpaused ?? (() => Promise.resolve()),
        })
        await keep({ state: 'done', result })
        await settle(layout.cell(cell.id))
      } catch (error) {
        const { details: _ofThisMachine, ...reason } = toReport(error)
        if (reason.code === 'cancelled' || signal.aborted) {
          await keep({ state: 'waiting' })
          throw cancelled(error)
        }
        logReport(`Cell ${cell.id}`, error)
        tell.note(`${cell.id} failed: ${reason.happened}`)
        await keep({ state: 'failed', error: reason })
      } finally {
        cellLock.release()
      }
    }
    return await report()
  } finally {
    if (run.mine === undefined) lock.release()
  }
}

function resources({ recipe, meteor }: ExperimentRun, { train, choosing, judged, note }: SharedOutData) {
  return {
    train,
    dev: choosing,
    judged,
    dataNote: note,
    terms: recipe.data.terms ?? 'The photos and captions belong to their owners under the data set’s own terms',
    beam: recipe.beam,
    scorers: { metrics: recipe.metrics, meteor },
  }
}

/** Every so many-th photo of dev chooses checkpoints. */
const choosesEvery = 4
/** With fewer photos to choose by, chance would choose: all of them choose and judge, and the table says so. */
const fewestToChoose = 25

function sharedOut(data: ExperimentData): SharedOutData {
  const chooses = (_photo: CaptionedImage, index: number): boolean => index % choosesEvery === 0
  const choosing = data.dev.filter(chooses)
  if (choosing.length < fewestToChoose) return { ...data, choosing: data.dev, judged: data.dev }
  return { ...data, choosing, judged: data.dev.filter((photo, index) => !chooses(photo, index)) }
}

async function readData({ recipe: { data }, baseFolder }: ExperimentSource): Promise<ExperimentData> {
  const { captions, images, trainList, devList } = data
  if (captions === undefined || images === undefined || trainList === undefined || devList === undefined) {
    throw new AppError('bad-input', 'Where the photos and captions lie is not told.', {
      kept: 'Nothing was started.',
      todo: 'Give --captions, --images, --train-list and --dev-list, or in the window choose the workspace’s images.',
    })
  }
  const at = (path: string): string => resolve(baseFolder, path)
  const all = await readCaptionedImages(at(captions), at(images))
  const listed = async (list: string, limit: number | undefined) => {
    const whole = (await selectListed(all, at(list))).filter(({ captions }) => captions.length > 0)
    const images = whole.slice(0, limit)
    const size = images.length === whole.length ? `${whole.length}` : `the first ${images.length} of ${whole.length}`
    return { images, note: `${size} photos of ${basename(list)}` }
  }
  const train = await listed(trainList, data.limits.train)
  const dev = await listed(devList, data.limits.dev)
  return { train: train.images, dev: dev.images, note: `${basename(captions)}; learned from ${train.note}, judged on ${dev.note}` }
}

/** The record of each cell, begun or not. @throws AppError `conflict` where one was begun with other settings or data */
async function openRecords(
  run: ExperimentRun,
  layout: ExperimentLayout,
  cells: readonly PlannedCell[],
  data: SharedOutData,
  mine: ReadonlySet<string>,
): Promise<Map<string, CellRecord>> {
  const dataDigest = digestOf(data)
  const records = new Map<string, CellRecord>()
  for (const cell of cells) {
    const fingerprint = fingerprintOf(run, cell, dataDigest)
    const record = await readRecord(layout.cell(cell.id))
    if (record !== undefined && record.fingerprint !== fingerprint && record.state !== 'failed') {
      throw new AppError('conflict', `The cell ${cell.id} in ${run.folder} was run with other settings or data.`, {
        kept: 'Nothing was changed.',
        todo: 'Run the changed experiment in another folder, or remove that cell’s folder to run it again.',
      })
    }
    if (!mine.has(cell.id)) {
      records.set(cell.id, record ?? { state: 'waiting', error: null, result: null, fingerprint })
      continue
    }
    if (record?.state === 'done') await settle(layout.cell(cell.id))
    // A cell that failed may be mended by other settings; its checkpoints are of the old ones.
    if (record !== undefined && record.fingerprint !== fingerprint) await rm(layout.cell(cell.id).folder, { recursive: true })
    const begun = record?.state === 'running' ? 'waiting' : record?.state
    records.set(cell.id, { state: begun ?? 'waiting', error: record?.error ?? null, result: record?.result ?? null, fingerprint })
  }
  return records
}

function fingerprintOf({ recipe: { beam, metrics } }: ExperimentRun, { training, encoderSource }: PlannedCell, data: string): string {
  return sha256(JSON.stringify({ training, encoderSource, beam, metrics, data }))
}

function digestOf({ train, choosing, judged }: SharedOutData): string {
  return sha256([train, choosing, judged].map(digestOfCaptions).join())
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function reportOf({ recipe, command }: ExperimentRun, data: SharedOutData, { cells, groups }: Pick<ExperimentReport, 'cells' | 'groups'>): ExperimentReport {
  const scored = cells.find(({ result }) => result !== null)?.result
  return {
    formatVersion: experimentFormatVersion,
    name: recipe.name,
    description: recipe.description,
    command,
    data: data.note,
    trainPhotos: data.train.length,
    devPhotos: data.judged.length,
    beam: recipe.beam,
    metrics: Object.keys(scored?.scores ?? {}),
    baselines: recipe.baselines.map(baselineTitle),
    cells,
    groups,
    choosingPhotos: data.choosing === data.judged ? 0 : data.choosing.length,
  }
}

function cancelled(cause?: unknown): AppError {
  return new AppError('cancelled', 'The experiment was stopped.', {
    kept: 'Finished cells are kept, and the one in hand goes on from its checkpoint.',
    todo: 'Run it again to go on.',
    ...(cause === undefined ? {} : { cause }),
  })
}
