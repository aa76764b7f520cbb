/** A case of a workspace as a report: the same figures as its page in the window. */
import { caseReportPage } from '#engine/reports/case-report.ts'
import { throwIfCancelled } from '#engine/runtime/job-runtime.ts'
import type { CaseVerdict } from '#shared/cases/cases.ts'
import { AppError } from '#shared/errors.ts'
import type { JobContext } from '#shared/jobs.ts'
import { pageSteps } from '../../workspace/cases/case-page.ts'
import { judgeSteps } from '../../workspace/cases/judge-case.ts'
import { getImages } from '../../workspace/repositories/images.ts'
import { listModels } from '../../workspace/repositories/models.ts'
import { inSlices } from '../../workspace/slices.ts'
import type { Database } from '../../workspace/storage/database.ts'
import { reportedPicture } from './reported-picture.ts'

/** The page. @throws AppError `not-found` for a case that is gone, `cancelled` */
export async function reportedCasePage(database: Database, caseId: number, context: JobContext): Promise<string> {
  context.progress({ done: 0, total: 0, unit: 'photos', message: 'Judging' })
  const page = await inSlices(pageSteps(database, caseId))
  const verdicts: CaseVerdict[] = []
  for (const { modelId, scored } of page.models) {
    throwIfCancelled(context)
    if (!scored) continue
    const verdict = await inSlices(judgeSteps(database, page, modelId)).catch((error: unknown) => {
      // Scored over other words than the case's own model: there is nothing to compare.
      if (error instanceof AppError && error.code === 'too-little-data') return null
      throw error
    })
    if (verdict !== null) verdicts.push(verdict)
  }
  const shown = [...new Set([...page.worst, ...verdicts.flatMap(({ lost }) => lost)].map(({ imageId }) => imageId))]
  const images = new Map(getImages(database, shown).map((image) => [image.id, image]))
  const pictures = new Map<number, Uint8Array>()
  for (const [done, imageId] of shown.entries()) {
    throwIfCancelled(context)
    await context.unpaused()
    context.progress({ done, total: shown.length, unit: 'photos', message: 'Reading photos' })
    const picture = await reportedPicture(context, images.get(imageId))
    if (picture !== null) pictures.set(imageId, picture)
  }
  const names = new Map(listModels(database).map(({ id, name }) => [id, name]))
  return caseReportPage({ page, verdicts, names, pictures, madeAt: new Date().toISOString().slice(0, 10) })
}
