/** What a job would do outside of its workspace, in words for the person who is to let it run. */
import { existsSync } from 'node:fs'
import { outsideOfWorkspace, type JobInput } from '#shared/jobs.ts'

export function effectsOf(input: JobInput): string {
  const { reads, writes } = outsideOfWorkspace(input)
  if (writes !== undefined) return `It writes ${writes.what} to ${writes.path}${existsSync(writes.path) ? ', in place of the file that is there' : ''}.`
  return reads === undefined ? 'It writes into this workspace alone.' : `It reads ${reads} and writes into this workspace alone.`
}
