/** A cluster's work, known by its folder: what was submitted, and how far each shard is by the files that are there. */
import { existsSync } from 'node:fs'
import { mkdir, readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { readRegularText } from '#engine/files/regular-file.ts'
import { writeWhole } from '#engine/files/write-whole.ts'
import type { ClusterWorkFound } from '#shared/contract/cluster.ts'
import { AppError } from '#shared/errors.ts'
import { jsonOf } from '#shared/json.ts'
import { arrayScript, mergeScript, shardPath, type ClusterWork } from './scripts.ts'
import { cancel, queued, submit } from './slurm.ts'

const recordSchema = z.strictObject({
  format: z.literal('capstan-cluster'),
  version: z.literal(1),
  shards: z.int().min(1),
  /** The word after `capstan`; works of earlier versions do not say. */
  command: z.string().exactOptional(),
  out: z.string(),
  /** Slurm’s numbers, the newest last: arrays, each with the merge after it. */
  submitted: z.array(z.strictObject({ array: z.string(), merge: z.string() })),
})
type ClusterRecord = z.infer<typeof recordSchema>

const recordFile = (folder: string): string => join(folder, 'cluster.json')
const arrayFile = (folder: string): string => join(folder, 'array.sh')
const mergeFile = (folder: string): string => join(folder, 'merge.sh')

/** Writes the scripts and the folders that they need. @throws AppError `conflict` where the folder holds a work already */
export async function prepareWork(work: ClusterWork, template: string): Promise<void> {
  const { folder, shards, out, words } = work
  if (existsSync(recordFile(folder)))
    throw new AppError('conflict', `${folder} holds a cluster’s work already.`, {
      kept: 'It was not changed.',
      todo: 'Choose another --folder, or use cluster retry to run what it lacks.',
    })
  await mkdir(join(folder, 'logs'), { recursive: true })
  await mkdir(join(folder, 'shards'), { recursive: true })
  await writeWhole(arrayFile(folder), arrayScript(work, template))
  await writeWhole(mergeFile(folder), mergeScript(work, template))
  await writeRecord(folder, { format: 'capstan-cluster', version: 1, shards, command: words[0], out, submitted: [] })
}

async function writeRecord(folder: string, record: ClusterRecord): Promise<void> {
  await writeWhole(recordFile(folder), `${JSON.stringify(record, null, 2)}\n`)
}

/** @throws AppError `not-found` or `corrupt` */
export async function readRecord(folder: string): Promise<ClusterRecord> {
  const text = await readRegularText(recordFile(folder), 1e6).catch((cause: unknown) => {
    throw new AppError('not-found', `${folder} holds no cluster’s work.`, { todo: 'Name the folder that cluster submit was given.', cause })
  })
  return jsonOf(
    recordSchema,
    text,
    (reason, cause) =>
      new AppError('corrupt', `${recordFile(folder)} is not what cluster submit wrote: ${reason}.`, {
        todo: 'Submit the work anew into another folder.',
        cause,
      }),
  )
}

/** What a person is told before it is followed. @throws as `readRecord` */
export async function lookAtWork(folder: string): Promise<ClusterWorkFound> {
  const { command = null, shards, out } = await readRecord(folder)
  return { command, shards, whole: (await wholeShards(folder, shards)).size, out }
}

/** Numbers of the shards whose files are there. */
async function wholeShards(folder: string, shards: number): Promise<ReadonlySet<number>> {
  const there = new Set(await readdir(join(folder, 'shards')))
  return new Set(Array.from({ length: shards }, (_, place) => place + 1).filter((shard) => there.has(basename(shardPath(folder, shard)))))
}

/** Hands the array, or some of its tasks, and the merge after it to Slurm. */
export async function submitWork(folder: string, tasks?: readonly number[]): Promise<{ array: string; merge: string }> {
  const record = await readRecord(folder)
  const array = await submit(arrayFile(folder), tasks === undefined ? {} : { tasks })
  // Known before the merge is submitted: a cluster that refuses that one leaves an array that can be cancelled.
  const known = (merge: string): Promise<void> => writeRecord(folder, { ...record, submitted: [...record.submitted, { array, merge }] })
  await known('')
  const merge = await submit(mergeFile(folder), { after: array })
  await known(merge)
  return { array, merge }
}

export type ShardState = { kind: 'whole' } | { kind: 'queued'; state: string; reason: string } | { kind: 'lacking' }

export interface ClusterStatus {
  /** Of shard 1, 2, … */
  shards: ShardState[]
  merged: boolean
  merging: boolean
}

/** By the files that are there, and by what Slurm has in hand. */
export async function clusterStatus(folder: string): Promise<ClusterStatus> {
  const { shards, submitted, out } = await readRecord(folder)
  const inHand = await queued(submitted.flatMap(({ array, merge }) => [array, merge]).filter((job) => job !== ''))
  const tasks = new Map(inHand.flatMap(({ task, state, reason }) => (task === null ? [] : [[task, { state, reason }] as const])))
  const whole = await wholeShards(folder, shards)
  const states = Array.from({ length: shards }, (_, place): ShardState => {
    if (whole.has(place + 1)) return { kind: 'whole' }
    const found = tasks.get(place + 1)
    return found === undefined ? { kind: 'lacking' } : { kind: 'queued', ...found }
  })
  const merge = submitted.at(-1)?.merge
  return { shards: states, merged: existsSync(out), merging: inHand.some(({ job }) => job === merge) }
}

/** Numbers of the shards that neither are whole nor in Slurm’s hands. */
export function lackingShards({ shards }: ClusterStatus): number[] {
  return shards.flatMap(({ kind }, place) => (kind === 'lacking' ? [place + 1] : []))
}

export async function cancelWork(folder: string): Promise<void> {
  const { submitted } = await readRecord(folder)
  await cancel(submitted.flatMap(({ array, merge }) => [array, merge]).filter((job) => job !== ''))
}

/** Submits the shards that lack, and the merge after them; the numbers of those shards. Null: nothing lacks, and the merge is done or will be. */
export async function retryWork(folder: string): Promise<{ array: string; merge: string; lacking: number[] } | null> {
  const now = await clusterStatus(folder)
  const lacking = lackingShards(now)
  if (lacking.length === 0 && (now.merged || now.merging || now.shards.some(({ kind }) => kind === 'queued'))) return null
  // With every shard whole, one task that finds its shard whole is enough for the merge to come after.
  return { ...(await submitWork(folder, lacking.length === 0 ? [1] : lacking)), lacking }
}
