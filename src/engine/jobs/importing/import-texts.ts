/** Import of references, corrections or drafts of photos that are there: read, matched, and committed in one transaction. */
import { basename } from 'node:path'
import { inBatches } from '#engine/datasets/in-batches.ts'
import { countOf } from '#shared/domain.ts'
import { AppError } from '#shared/errors.ts'
import type { TextsSource } from '#shared/exchange.ts'
import type { JobContext, JobResult } from '#shared/jobs.ts'
import { markedAmong } from '#engine/workspace/import/left-out.ts'
import { readTexts } from '#engine/workspace/import/texts-source.ts'
import { rowsPerBatch } from './rows-per-batch.ts'
import { withReader } from '../job-reader.ts'

/** The same file again changes nothing. @throws as `readTexts`; AppError `cancelled`, with nothing kept */
export function importTexts(source: TextsSource, context: JobContext): Promise<JobResult> {
  const { signal } = context
  return withReader(context, async (database) => {
    const file = basename(source.file)
    const tell = (done: number, total: number): void => context.progress({ done, total, unit: 'bytes', message: `Reading ${file}` })
    const { rows, preview } = await readTexts(database, source, { signal, onProgress: tell })
    for (const failure of preview.reasons) await context.emit({ kind: 'failure', ...failure })
    const { photos: images, captions, leftOut } = preview
    context.progress({ done: 0, total: images, unit: 'images', message: 'Writing' })
    for (const some of inBatches(rows, rowsPerBatch)) await context.emit({ kind: 'text-rows', rows: some })
    if (signal.aborted) throw new AppError('cancelled', 'The import was cancelled.', { kept: 'Nothing was imported.' })
    if (rows.length > 0) await context.emit({ kind: 'texts', as: source.as, file })
    const message = `Imported ${countOf(captions, source.as.slice(0, -1))} of ${countOf(images, 'image')}${leftOut === 0 ? '' : `; ${leftOut} left out${markedAmong(preview)}`}`
    context.progress({ done: images, total: images, unit: 'images', message })
    return { images, captions, leftOut }
  })
}
