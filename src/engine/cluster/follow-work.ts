/** A cluster's work followed to its end: what is whole, what waits, and why a shard ended without being whole. */
import { setTimeout } from 'node:timers/promises'
import { countOf } from '#shared/domain.ts'
import { AppError } from '#shared/errors.ts'
import { readRegularText } from '#engine/files/regular-file.ts'
import { clusterStatus, lackingShards, type ClusterStatus } from './cluster-job.ts'
import { logPath } from './scripts.ts'

export interface FollowedWork {
  /** The folder that `cluster submit` was given. */
  folder: string
  signal: AbortSignal
  onStatus(status: ClusterStatus, message: string): void
  /** A shard, or the merge, that neither is whole nor in Slurm's hands, once each; `reason`: the last line of its log. */
  onLacking(subject: string, reason: string): Promise<void>
  /** Milliseconds between two looks. */
  every?: number
}

/**
 * Resolves when the merge is done.
 * @throws AppError `unavailable` where nothing is queued and the work is not whole, or Slurm is not there; the signal's reason on abort
 */
export async function followWork({ folder, signal, onStatus, onLacking, every = 5000 }: FollowedWork): Promise<void> {
  const told = new Set<string>()
  const tell = async (subject: string, log: string): Promise<void> => {
    if (told.has(subject)) return
    told.add(subject)
    await onLacking(subject, await lastLine(log))
  }
  for (;;) {
    const status = await clusterStatus(folder)
    onStatus(status, messageOf(status))
    if (status.merged) return
    const lacking = lackingShards(status)
    const waiting = status.shards.some(({ kind }) => kind === 'queued')
    for (const shard of lacking) await tell(`shard ${shard}`, logPath(folder, shard))
    if (!waiting && !status.merging) {
      if (lacking.length === 0) await tell('merge', logPath(folder, 'merge'))
      throw new AppError(
        'unavailable',
        lacking.length === 0
          ? 'Every shard is whole, but the merge ended without its file.'
          : `${countOf(lacking.length, 'shard')} of ${status.shards.length} ended without being whole.`,
        { kept: 'What the shards have is kept.', todo: 'See why; Try again submits what lacks.' },
      )
    }
    await setTimeout(every, undefined, { signal })
  }
}

function messageOf({ shards, merging, merged }: ClusterStatus): string {
  if (merged) return 'Merged'
  const running = shards.filter((shard) => shard.kind === 'queued' && shard.state === 'RUNNING').length
  const waiting = shards.filter(({ kind }) => kind === 'queued').length - running
  if (running + waiting === 0) return merging ? 'Merging' : 'Nothing of it is queued'
  return waiting === 0 ? `${running} running` : `${running} running, ${waiting} waiting on the cluster`
}

async function lastLine(log: string): Promise<string> {
  const text = await readRegularText(log, 100e6).catch(() => '')
  return text.trimEnd().split('\n').at(-1)?.trim() || 'It wrote no log.'
}
