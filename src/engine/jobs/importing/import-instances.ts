/** Import of COCO instances: boxes of the upright photos, whatever size the file says and however EXIF turns them. */
import { basename } from 'node:path'
import { countOf } from '#shared/domain.ts'
import { AppError, sentence, toReport } from '#shared/errors.ts'
import type { InstancesSource } from '#shared/exchange.ts'
import type { JobBatch, JobContext, JobResult } from '#shared/jobs.ts'
import { readImportedPhoto } from '#engine/library-captioning/photo-files.ts'
import { storedPhoto, uprightShares } from '#engine/vision/regions/upright-boxes.ts'
import { readInstances, type MatchedInstances } from '#engine/workspace/import/instances-source.ts'
import { withReader } from '../job-reader.ts'

type Row = Extract<JobBatch, { kind: 'instances' }>['rows'][number]

/** @throws as `readInstances`; AppError `cancelled`, with nothing kept */
export function importInstances(source: InstancesSource, context: JobContext): Promise<JobResult> {
  const { signal } = context
  return withReader(context, async (database) => {
    const file = basename(source.file)
    context.progress({ done: 0, total: 0, unit: 'images', message: `Reading ${file}` })
    const { photos, leftOut } = await readInstances(database, source)
    const rows: Row[] = []
    for (const [done, matched] of photos.entries()) {
      if (signal.aborted) throw new AppError('cancelled', 'The import was cancelled.', { kept: 'Nothing was imported.' })
      await context.unpaused()
      await boxesOf(context, matched).then(
        (row) => void rows.push(row),
        (error: unknown) => leftOut.add(matched.image.path, sentence(toReport(error))),
      )
      context.progress({ done: done + 1, total: photos.length, unit: 'images', message: `Reading ${file}` })
    }
    for (const failure of leftOut.reasons) await context.emit({ kind: 'failure', ...failure })
    context.progress({ done: 0, total: rows.length, unit: 'images', message: 'Writing' })
    if (signal.aborted) throw new AppError('cancelled', 'The import was cancelled.', { kept: 'Nothing was imported.' })
    if (rows.length > 0) await context.emit({ kind: 'instances', file, rows })
    const boxes = rows.reduce((sum, row) => sum + row.boxes.length, 0)
    const left = leftOut.leftOut === 0 ? '' : `; ${leftOut.leftOut} left out`
    context.progress({
      done: rows.length,
      total: rows.length,
      unit: 'images',
      message: `Imported ${countOf(boxes, 'object')} of ${countOf(rows.length, 'image')}${left}`,
    })
    return { images: rows.length, boxes, leftOut: leftOut.leftOut }
  })
}

async function boxesOf(context: JobContext, { image, photo: { size, objects } }: MatchedInstances['photos'][number]): Promise<Row> {
  const stored = await storedPhoto(await readImportedPhoto(context, image), image.path)
  const boxes = objects.flatMap(({ label, category, box }) => {
    if (box === null) return []
    const [x, y, width, height] = box
    const [left, top, right, bottom] = uprightShares([x, y, x + width, y + height], size, stored)
    return [{ label: label ?? `category ${category}`, left, top, width: right - left, height: bottom - top }]
  })
  return { imageId: image.id, boxes }
}
