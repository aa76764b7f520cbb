/** One file about a comparison, an experiment or a case: HTML, or that page as PDF. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { requireOutput, writeOutput } from '#engine/files/output-place.ts'
import { throwIfCancelled } from '#engine/runtime/job-runtime.ts'
import { AppError, assertNever } from '#shared/errors.ts'
import type { JobContext, JobFunction, JobInputOf } from '#shared/jobs.ts'
import { experimentReportPage } from '../experiments/report-page.ts'
import { imageRoots } from '../workspace/repositories/images.ts'
import type { Database } from '../workspace/storage/database.ts'
import { workspaceLayout } from '../workspace/storage/layout.ts'
import { comparedModelsPage } from './reporting/compared-models.ts'
import { reportedCasePage } from './reporting/reported-case.ts'
import { withReader } from './job-reader.ts'

export const reportJob: JobFunction<'report'> = (input, context) =>
  withReader(context, async (database) => {
    const rules = { imageRoots: imageRoots(database), replace: input.replace }
    const file = requireOutput(input.file, rules)
    const page = await pageOf(input, context, database)
    throwIfCancelled(context)
    await writeOutput(file, /\.pdf$/i.test(file) ? await printed(page, context) : page, rules)
    context.progress({ done: 1, total: 1, unit: 'files', message: `Wrote ${file}` })
    return { file }
  })

function pageOf({ about }: JobInputOf<'report'>, context: JobContext, database: Database): Promise<string> {
  switch (about.kind) {
    case 'comparison':
      return comparedModelsPage(database, about, context)
    case 'experiment':
      return experimentReportPage(join(workspaceLayout(context.environment.workspaceFolder).experiments, about.experiment))
    case 'case':
      return reportedCasePage(database, about.caseId, context)
    default:
      return assertNever(about)
  }
}

/** @throws AppError `unavailable` on the command line, which has no window to print with */
async function printed(page: string, context: JobContext): Promise<Uint8Array> {
  if (context.print === undefined) {
    throw new AppError('unavailable', 'Only the window writes PDF.', { kept: 'No file was written.', todo: 'Write HTML; a browser prints it as PDF.' })
  }
  context.progress({ done: 0, total: 0, unit: 'files', message: 'Printing' })
  const folder = await mkdtemp(join(tmpdir(), 'capstan-report-'))
  try {
    const [html, pdf] = [join(folder, 'report.html'), join(folder, 'report.pdf')]
    await writeFile(html, page)
    await context.print(html, pdf)
    return await readFile(pdf)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
