/** A job's own read-only view of the dataset, closed when the job ends. */
import type { JobContext } from '#shared/jobs.ts'
import { openReadOnly, type Database } from '#engine/workspace/storage/database.ts'

export async function withReader<Result>(context: JobContext, work: (database: Database) => Promise<Result>): Promise<Result> {
  const database = openReadOnly(context.environment.workspaceFolder)
  try {
    return await work(database)
  } finally {
    database.close()
  }
}
