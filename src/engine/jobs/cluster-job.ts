/** Follows a cluster's work to its end and brings its captions into the workspace. */
import { AppError } from '#shared/errors.ts'
import { resultsSourceSchema } from '#shared/exchange.ts'
import type { JobFunction } from '#shared/jobs.ts'
import { cancelWork, readRecord, retryWork } from '#engine/cluster/cluster-job.ts'
import { followWork } from '#engine/cluster/follow-work.ts'
import { importResults } from './importing/import-results.ts'

/** Run again, it first submits the shards that lack. Cancelled, it cancels them on the cluster; the end of the app leaves the cluster at work. */
export const clusterJob: JobFunction<'cluster'> = async ({ folder, modelName }, context) => {
  const { out } = await readRecord(folder)
  if (context.environment.attempt > 1) await retryWork(folder)
  try {
    await followWork({
      folder,
      signal: context.signal,
      onStatus: ({ shards }, message) =>
        context.progress({ done: shards.filter(({ kind }) => kind === 'whole').length, total: shards.length, unit: 'shards', message }),
      onLacking: (subject, reason) => context.emit({ kind: 'failure', subject, reason }),
    })
  } catch (cause) {
    if (!context.signal.aborted) throw cause
    await cancelWork(folder)
    throw new AppError('cancelled', 'The cluster’s work was cancelled.', { kept: 'What the shards have is kept.', cause })
  }
  if (modelName === null) return { file: out }
  const source = resultsSourceSchema.parse({ kind: 'results', file: out, modelName, note: 'Captioned in shards on a cluster.' })
  return { file: out, ...(await importResults(source, context)) }
}
