/** What a fine-tuning job that ended says of its result. */
import type { Job } from '#shared/jobs.ts'
import { gateReportSchema, teachingReportSchema, type GateReport, type TeachingReport } from '#shared/fine-tuning.ts'

/** Null of a job that says nothing, or says it in the words of another version. */
export function parsedResult<Value>(schema: { safeParse(json: unknown): { success: boolean; data?: Value } }, text: string | number | undefined): Value | null {
  if (typeof text !== 'string') return null
  return schema.safeParse(JSON.parse(text)).data ?? null
}

export function gateOf({ result }: Job): GateReport | null {
  return parsedResult(gateReportSchema, result['gate'])
}

export function lessonsOf({ result }: Job): TeachingReport | null {
  return parsedResult(teachingReportSchema, result['lessons'])
}
