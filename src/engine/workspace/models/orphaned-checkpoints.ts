/** Checkpoints of training runs that are gone. A run that failed or was discarded keeps its own, so that it can be tried again, until its job is cleared. */
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Job } from '#shared/jobs.ts'

/** Removes the folders of `trainingFolder` that are named by the number of no job that is left. What cannot be removed stays until the next time. */
export async function removeOrphanedCheckpoints(trainingFolder: string, jobs: readonly Job[]): Promise<void> {
  const known = new Set(jobs.map(({ id }) => String(id)))
  const names = await readdir(trainingFolder).catch(() => [])
  const orphaned = names.filter((name) => /^\d+$/.test(name) && !known.has(name))
  await Promise.allSettled(orphaned.map((name) => rm(join(trainingFolder, name), { recursive: true })))
}
