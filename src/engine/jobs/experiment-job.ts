/** An experiment in a workspace's `experiments/`: its recipe's photos or the workspace's own, its features in the workspace's cache. */
import { basename, join } from 'node:path'
import { AppError, sentence, toReport } from '#shared/errors.ts'
import type { ExperimentDataSource } from '#shared/experiments.ts'
import type { JobContext, JobFunction, JobInputOf } from '#shared/jobs.ts'
import { readPlan } from '../experiments/folder.ts'
import { readExperimentRecipe, type ExperimentSource } from '../experiments/recipe.ts'
import { runExperiment, type ExperimentData } from '../experiments/run-experiment.ts'
import type { Database } from '#engine/workspace/storage/database.ts'
import { judgedImages } from '#engine/workspace/scores/image-sets.ts'
import { workspaceLayout } from '#engine/workspace/storage/layout.ts'
import { getImages } from '../workspace/repositories/images.ts'
import { readImportedPhoto } from '#engine/library-captioning/photo-files.ts'
import { throwIfCancelled } from '#engine/runtime/job-runtime.ts'
import { withReader } from './job-reader.ts'
import { findScorers } from '#engine/scoring/scorers.ts'

export const experimentJob: JobFunction<'experiment'> = (input, context) =>
  withReader(context, async (database) => {
    const { workspaceFolder, encoderRoots, provider, threads, attempt } = context.environment
    const layout = workspaceLayout(workspaceFolder)
    const folder = join(layout.experiments, input.experiment)
    const { source, data } = await sourceOf(input, folder)
    const photos = data === 'workspace' ? await workspacePhotos(context, database, source) : undefined
    const { meteor } = await findScorers(context)
    const telling = progressOf(context)
    const report = await runExperiment({
      ...source,
      folder,
      command: input.start === null ? `capstan experiment ${input.experiment}.json` : `capstan experiment ${basename(input.start.recipe)}`,
      ...(photos === undefined ? {} : { data: photos }),
      ...(meteor === undefined ? {} : { meteor }),
      encoderRoots,
      featureFolder: layout.features,
      session: { provider, threads: attempt > 1 ? 1 : threads },
      signal: plainly(context.signal),
      unpaused: context.unpaused,
      tell: telling,
    })
    const count = (state: string): number => report.cells.filter((cell) => cell.state === state).length
    for (const { cell, error } of report.cells) {
      if (error !== null) await context.emit({ kind: 'failure', subject: cell.id, reason: error.happened })
    }
    const total = report.cells.length
    context.progress({ done: count('done'), total, unit: 'cells', message: `${count('done')} of ${total} cells are done` })
    return { experiment: input.experiment, done: count('done'), failed: count('failed') }
  })

/** What the folder was begun with, where that is known; else the recipe's file. */
async function sourceOf({ start }: JobInputOf<'experiment'>, folder: string): Promise<{ source: ExperimentSource; data: ExperimentDataSource }> {
  if (start === null) {
    const { data, ...source } = await readPlan(folder)
    return { source, data }
  }
  const { recipe, baseFolder } = await readExperimentRecipe(start.recipe)
  return { source: { recipe: { ...recipe, name: start.name }, baseFolder }, data: start.data }
}

/** The workspace's photos with references, of the train and dev splits; one that cannot be read as what it was becomes a failure. @throws AppError `too-little-data` */
async function workspacePhotos(context: JobContext, database: Database, { recipe: { data } }: ExperimentSource): Promise<ExperimentData> {
  const of = async (split: 'train' | 'dev', limit: number | undefined) => {
    const judged = judgedImages(database, split)
    const stored = getImages(
      database,
      judged.map(({ imageId }) => imageId),
    )
    // File names of different folders may be alike.
    const all = stored.map(({ id, fileName, path }, index) => ({ id, fileName: `${fileName} (${id})`, path, captions: judged[index].references }))
    if (all.length === 0) {
      throw new AppError('too-little-data', `The workspace has no image with references in the split “${split}”.`, {
        kept: 'Nothing was started.',
        todo: 'Import images with references into the splits train and dev, or use the recipe’s own data.',
      })
    }
    const readable = new Set<number>()
    const wanted = stored.slice(0, limit)
    for (const [done, image] of wanted.entries()) {
      throwIfCancelled(context)
      context.progress({ done, total: wanted.length, unit: 'images', message: `Reading the photos of ${split}` })
      await readImportedPhoto(context, image).then(
        () => void readable.add(image.id),
        (error: unknown) => context.emit({ kind: 'failure', subject: image.path, reason: sentence(toReport(error)) }),
      )
    }
    const images = all.slice(0, limit).filter(({ id }) => readable.has(id))
    return { images, note: images.length === all.length ? `${all.length}` : `the first ${images.length} of ${all.length}` }
  }
  const train = await of('train', data.limits.train)
  const dev = await of('dev', data.limits.dev)
  return {
    train: train.images,
    dev: dev.images,
    note: `the workspace’s images with references; learned from ${train.note} of train, judged on ${dev.note} of dev`,
  }
}

/** Progress in cells; the message says what is done in the one in hand. */
function progressOf(context: JobContext) {
  let [done, total, cell, stage] = [0, 0, '', '']
  const tell = (detail = ''): void => context.progress({ done, total, unit: 'cells', message: cell === '' ? stage : `${cell}: ${stage}${detail}` })
  return {
    cell(each: { encoder: string; captioner: string; recipe: string; seed: number }, position: number, cells: number): void {
      ;[done, total, cell, stage] = [position - 1, cells, `${each.captioner} with ${each.encoder}, ${each.recipe}, seed ${each.seed}`, 'starting']
      tell()
    },
    stage(title: string): void {
      stage = title
      tell()
    },
    progress: (steps: number, all: number, note?: string) => tell(` ${steps} of ${all}${note === undefined ? '' : `, ${note}`}`),
    note: () => undefined,
    report: () => undefined,
  }
}

/** Cancelling keeps finished cells and checkpoints either way: no cell ends half trained because a person asked to keep what is there. */
function plainly(signal: AbortSignal): AbortSignal {
  const controller = new AbortController()
  const stop = (): void => controller.abort('cancel')
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop, { once: true })
  return controller.signal
}
