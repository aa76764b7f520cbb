/** Import: reads the source, then measures and hashes every image file; all rows become visible at once with the last batch. */
import { setImmediate } from 'node:timers/promises'
import { countOf } from '#shared/domain.ts'
import { AppError, assertNever, sentence, toReport } from '#shared/errors.ts'
import type { ImportedImage, JobContext, JobFunction, JobResult } from '#shared/jobs.ts'
import { inBatches } from '#engine/datasets/in-batches.ts'
import { readImageFile } from '#engine/vision/photos/image.ts'
import { measurePhoto } from '#engine/vision/photos/measure-photo.ts'
import { readSource, type ImageSource } from '#engine/workspace/import/read-source.ts'
import { importInstances } from './import-instances.ts'
import { importResults } from './import-results.ts'
import { importTexts } from './import-texts.ts'
import { rowsPerBatch } from './rows-per-batch.ts'
import { withReader } from '../job-reader.ts'
import { goneImages } from '#engine/workspace/import/moved-photos.ts'
import { markedAmong, toldOneByOne, type LeftOutList } from '#engine/workspace/import/left-out.ts'
import type { ReadSource, SourceImage } from '#engine/workspace/import/source.ts'
import { removeUnpacked, settleUnpacked, unpacking } from './import-unpacked.ts'
import { keepHeapSmall } from '../small-heap.ts'

const filesAtOnce = 4

export const importJob: JobFunction<'import'> = ({ source }, context) => {
  keepHeapSmall()
  switch (source.kind) {
    case 'folder':
    case 'captions':
      return importImages(source, context)
    case 'results':
      return importResults(source, context)
    case 'texts':
      return importTexts(source, context)
    case 'instances':
      return importInstances(source, context)
    default:
      return assertNever(source)
  }
}

interface Staged {
  root: string
  /** Photos that are there. */
  total: number
  imported: number
  missing: number
  unreadable: number
}

async function importImages(source: ImageSource, context: JobContext): Promise<JobResult> {
  const { signal } = context
  const unpackTo = source.kind === 'captions' ? source.unpackTo : undefined
  const { staged, leftOut, severalIds } = await readAndStage(source, unpackTo, context)
  const { total, imported, missing, unreadable } = staged
  tell(context, 0, imported, 'Writing')
  try {
    throwIfCancelled(signal)
    await context.emit({ kind: 'import-commit', imageRoot: staged.root })
  } catch (error) {
    if (unpackTo !== undefined) await removeUnpacked(staged.root, context)
    throw error
  }
  if (unpackTo !== undefined) await settleUnpacked(staged.root)
  const left = [
    severalIds > 0 ? `${countOf(severalIds, 'photo has', 'photos have')} several ids, all of them known` : '',
    missing > 0 ? `${countOf(missing, 'file is', 'files are')} missing` : '',
    unreadable > 0 ? `${unreadable} cannot be read` : '',
    leftOut.leftOut > 0 ? `${leftOut.leftOut} left out${markedAmong(leftOut)}` : '',
  ].filter(Boolean)
  tell(context, total, total, `Imported ${countOf(imported, 'image')}${left.length > 0 ? `; ${left.join(', ')}` : ''}`)
  return { images: imported, missing, unreadable, leftOut: leftOut.leftOut }
}

async function readAndStage(
  source: ImageSource,
  unpackTo: string | undefined,
  context: JobContext,
): Promise<{ staged: Staged; leftOut: LeftOutList; severalIds: number }> {
  context.progress({ done: 0, total: 0, unit: 'images', message: 'Reading the source' })
  const onProgress = (done: number, total: number): void => context.progress({ done, total, unit: 'bytes', message: 'Reading the source' })
  const read = await readSource(source, { signal: context.signal, onProgress })
  try {
    const staged = await withReader(context, (database) => {
      const work = (sources: ReadSource): Promise<Staged> => stage(sources, context, goneImages(database, sources.root))
      return unpackTo === undefined ? work(read) : unpacking(unpackTo, read, context, work)
    })
    return { staged, leftOut: read.leftOut, severalIds: read.images.withSeveralIds() }
  } finally {
    read.images.close()
  }
}

/** Measures every photo and stages its row; nothing is visible yet. @throws AppError where there is no photo; `cancelled` */
async function stage({ root, images, leftOut }: ReadSource, context: JobContext, goneOf: GoneOf): Promise<Staged> {
  const { signal } = context
  const [present, missing] = [images.count(), images.count(true)]
  if (present === 0) {
    throw new AppError('not-found', `None of the ${missing} images is in ${root}.`, { kept: 'Nothing was imported.', todo: 'Check the image folder.' })
  }
  let told = 0
  for (const { path } of images.each(true)) {
    if (++told > toldOneByOne) break
    await context.emit({ kind: 'failure', subject: path, reason: 'The file is missing.' })
  }

  for (const { subject, reason } of leftOut.reasons) await context.emit({ kind: 'failure', subject, reason })

  let batch: ImportedImage[] = []
  let unreadable = 0
  let imported = 0
  const flush = async (): Promise<void> => {
    if (batch.length > 0) await context.emit({ kind: 'import-rows', rows: batch })
    batch = []
  }
  let looked = 0
  for (const some of inBatches(images.each(), filesAtOnce)) {
    await context.unpaused()
    throwIfCancelled(signal)
    const measured = await Promise.all(some.map((image) => measure(image, root, goneOf)))
    for (const result of measured) {
      if (result.kind === 'measured') {
        batch.push(result.image)
        imported += 1
        continue
      }
      unreadable += 1
      if (unreadable <= toldOneByOne) await context.emit({ kind: 'failure', subject: result.path, reason: result.reason })
    }
    if (batch.length >= rowsPerBatch) await flush()
    looked += some.length
    tell(context, looked, present, 'Reading images')
    await setImmediate()
  }
  if (imported === 0) {
    throw new AppError('bad-input', `None of the ${present} files in ${root} can be read as an image.`, {
      kept: 'Nothing was imported.',
      todo: 'Check the files.',
    })
  }
  await flush()
  throwIfCancelled(signal)
  return { root, total: present, imported, missing, unreadable }
}

type Measured = { kind: 'measured'; image: ImportedImage } | { kind: 'unreadable'; path: string; reason: string }

type GoneOf = ReturnType<typeof goneImages>

async function measure({ readFrom, ...image }: SourceImage, root: string, goneOf: GoneOf): Promise<Measured> {
  try {
    // What was unpacked just now lies beside the root, which is not there yet.
    const bytes = await (readFrom === undefined ? readImageFile(image.path, root) : readImageFile(readFrom))
    const measured = await measurePhoto(bytes)
    const gone = await goneOf(measured.contentHash)
    return { kind: 'measured', image: { ...image, tags: [...image.tags], ...measured, ...(gone.length > 0 && { gone }) } }
  } catch (error) {
    return { kind: 'unreadable', path: image.path, reason: sentence(toReport(error)) }
  }
}

function throwIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw new AppError('cancelled', 'The import was cancelled.', { kept: 'Nothing was imported.' })
}

function tell(context: JobContext, done: number, total: number, message: string): void {
  context.progress({ done, total, unit: 'images', message })
}
