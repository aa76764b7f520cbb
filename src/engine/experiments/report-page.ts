/** The report of an experiment's folder as it stands. */
import { experimentPage } from '../reports/experiment-report.ts'
import { experimentLayout } from '../workspace/experiments/experiment-layout.ts'
import { experimentReport } from '../workspace/experiments/experiments.ts'
import { experimentPlots } from './results.ts'

/** @throws AppError `not-found` before its first results */
export async function experimentReportPage(folder: string): Promise<string> {
  const report = await experimentReport(folder)
  return experimentPage(report, await experimentPlots(experimentLayout(folder), report), new Date().toISOString().slice(0, 10))
}
