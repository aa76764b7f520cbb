/** Import of another captioner's captions: read, matched, and committed in one transaction with the model's row. */
import { basename } from 'node:path'
import { inBatches } from '#engine/datasets/in-batches.ts'
import { countOf } from '#shared/domain.ts'
import { AppError } from '#shared/errors.ts'
import type { ResultsSource } from '#shared/exchange.ts'
import type { JobContext, JobResult } from '#shared/jobs.ts'
import { markedAmong } from '#engine/workspace/import/left-out.ts'
import { readExternalCaptions } from '#engine/workspace/import/external-captions.ts'
import { rowsPerBatch } from './rows-per-batch.ts'
import { withReader } from '../job-reader.ts'

/** The same file again changes nothing. @throws as `readExternalCaptions`; AppError `cancelled`, with nothing kept */
export function importResults(source: ResultsSource, context: JobContext): Promise<JobResult> {
  const { signal } = context
  return withReader(context, async (database) => {
    const tell = (done: number, total: number): void => context.progress({ done, total, unit: 'bytes', message: `Reading ${basename(source.file)}` })
    const { models, preview } = await readExternalCaptions(database, source, { signal, onProgress: tell })
    for (const failure of preview.reasons) await context.emit({ kind: 'failure', ...failure })
    const fresh = models.filter((_, index) => preview.models[index].known !== 'same')
    const { photos: images, captions, leftOut } = preview
    context.progress({ done: 0, total: images, unit: 'images', message: 'Writing' })
    for (const { family, captions: ofModel } of fresh)
      for (const some of inBatches(ofModel, rowsPerBatch))
        await context.emit({ kind: 'external-rows', rows: some.map(([imageId, candidates]) => ({ family, imageId, candidates })) })
    if (signal.aborted) throw new AppError('cancelled', 'The import was cancelled.', { kept: 'Nothing was imported.' })
    if (fresh.length > 0) {
      const { note, licence } = source
      const models = fresh.map(({ family, contentHash }) => ({ family, note, licence, file: basename(source.file), contentHash }))
      await context.emit({ kind: 'external-models', models })
    }
    const what =
      fresh.length === 0
        ? 'This file was imported before: nothing has changed'
        : `Imported ${countOf(captions, 'caption')} of ${countOf(images, 'image')} by ${fresh.map(({ family }) => family).join(', ')}`
    context.progress({ done: images, total: images, unit: 'images', message: `${what}${leftOut === 0 ? '' : `; ${leftOut} left out${markedAmong(preview)}`}` })
    return { images, captions, leftOut, models: fresh.length }
  })
}
