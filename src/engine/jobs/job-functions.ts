/** The work behind each kind of job. Modules load when they are first needed: an import process never loads onnxruntime. */
import { AppError, assertNever } from '#shared/errors.ts'
import type { JobContext, JobInput, JobResult } from '#shared/jobs.ts'

/** Does a job in this process. @throws AppError, 'cancelled' where the context's signal ended it */
export async function runJob(input: JobInput, context: JobContext): Promise<JobResult> {
  try {
    return await work(input, context)
  } catch (error) {
    if (context.signal.aborted && !(error instanceof AppError)) {
      throw new AppError('cancelled', 'The work was cancelled.', { kept: 'What was finished is kept.', cause: error })
    }
    throw error
  }
}

async function work(input: JobInput, context: JobContext): Promise<JobResult> {
  switch (input.kind) {
    case 'import':
      return (await import('./importing/import-job.ts')).importJob(input, context)
    case 'caption':
      return (await import('./caption-job.ts')).captionJob(input, context)
    case 'score':
      return (await import('./score-job.ts')).scoreJob(input, context)
    case 'train':
      return (await import('./train-job.ts')).trainJob(input, context)
    case 'experiment':
      return (await import('./experiment-job.ts')).experimentJob(input, context)
    case 'export':
      return (await import('./export-job.ts')).exportJob(input, context)
    case 'export-onnx':
      return (await import('./export-onnx-job.ts')).exportOnnxJob(input, context)
    case 'cluster':
      return (await import('./cluster-job.ts')).clusterJob(input, context)
    case 'report':
      return (await import('./report-job.ts')).reportJob(input, context)
    case 'embed':
      return (await import('./embed-job.ts')).embedJob(input, context)
    case 'map':
      return (await import('./mapping/map-job.ts')).mapJob(input, context)
    case 'find-clusters':
      return (await import('./mapping/find-clusters-job.ts')).findClustersJob(input, context)
    default:
      return assertNever(input)
  }
}
