/** Slurm's own tools, in their parsable forms. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { AppError } from '#shared/errors.ts'

const run = promisify(execFile)
const longest = 60_000 // milliseconds: a controller that is away lets its tools wait

/** @throws AppError `unavailable` where Slurm is not there, `bad-input` with what it says where it refuses */
async function slurm(program: string, args: readonly string[]): Promise<string> {
  try {
    return (await run(program, [...args], { timeout: longest, maxBuffer: 64e6 })).stdout
  } catch (cause) {
    const { code, stderr } = cause as { code?: string | number; stderr?: string }
    if (code === 'ENOENT')
      throw new AppError('unavailable', `Slurm’s ${program} is not on this machine.`, {
        kept: 'Nothing was submitted.',
        todo: 'Run this where the cluster’s tools are, or give --script-only and submit the scripts yourself.',
        cause,
      })
    throw new AppError('bad-input', `${program} refused: ${stderr?.trim() ?? 'it did not answer'}.`, { todo: 'See what it says.', cause })
  }
}

/** Submits a script; its job’s number. `tasks`: some of an array’s tasks, in place of those that the script names. */
export async function submit(script: string, { after, tasks }: { after?: string; tasks?: readonly number[] } = {}): Promise<string> {
  const options = [...(after === undefined ? [] : [`--dependency=afterany:${after}`]), ...(tasks === undefined ? [] : [`--array=${tasks.join(',')}`])]
  const said = await slurm('sbatch', ['--parsable', ...options, script])
  return said.trim().split(';')[0] // with several clusters, the cluster’s name follows
}

export interface QueuedTask {
  /** The number that `submit` gave. */
  job: string
  /** Of the array; null for a job that is none. */
  task: number | null
  /** `PENDING`, `RUNNING`, …, as Slurm says it. */
  state: string
  reason: string
}

/** Tasks of jobs that Slurm still has in hand, asked once for all. What it has forgotten has none. */
export async function queued(jobs: readonly string[]): Promise<QueuedTask[]> {
  if (jobs.length === 0) return []
  const said = await slurm('squeue', ['--noheader', '--array', `--jobs=${jobs.join(',')}`, '--format=%F|%K|%T|%r']).catch((error: unknown) => {
    if (error instanceof AppError && /Invalid job id/i.test(error.message)) return ''
    throw error
  })
  return said
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [job, task = '', state = '', reason = ''] = line.trim().split('|')
      return { job, task: /^\d+$/.test(task) ? Number(task) : null, state, reason }
    })
}

export async function cancel(jobs: readonly string[]): Promise<void> {
  if (jobs.length > 0) await slurm('scancel', jobs)
}
