/**
 * Checkpoints hold everything that a run needs to go on as if it had never stopped. A file is written beside its place, flushed to the disk and
 * renamed. The previous one stays, so that a damaged file costs only the steps between the two.
 */
import { createHash } from 'node:crypto'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { removeLeftovers } from '#engine/files/leftovers.ts'
import { writeWhole } from '#engine/files/write-whole.ts'
import { floatValues, float32Tensor, readSafetensors, writeSafetensors, type StoredTensor } from '#engine/files/safetensors.ts'
import { AppError, toReport } from '#shared/errors.ts'
import { parseJson } from '#shared/json.ts'
import type { ParameterStore } from '../optimiser/parameter-store.ts'

export const checkpointStateSchema = z.strictObject({
  formatVersion: z.literal(1),
  /** Steps done. */
  step: z.int().min(0),
  /** The run's identity: recipe, captioner and data. A checkpoint of another run is refused. */
  fingerprint: z.string(),
  bestScore: z.number().nullable(),
  bestStep: z.int().nullable(),
  evaluationsWithoutGain: z.int().min(0),
  /** Seconds of training so far. */
  seconds: z.number().min(0),
})
export type CheckpointState = z.infer<typeof checkpointStateSchema>

export interface Checkpoint {
  state: CheckpointState
  /** The weights of the best evaluation, by name; empty before the first. */
  best: Map<string, Float32Array>
}

const generations = 2
const savedArrays = ['values', 'firstMoments', 'secondMoments', 'average'] as const
const filePattern = /^step-(\d+)\.safetensors$/

/** Writes a checkpoint of the store; `best` are the weights of the best evaluation. Returns the file's path. */
export async function writeCheckpoint(folder: string, store: ParameterStore, { state, best }: Checkpoint): Promise<string> {
  const tensors = new Map<string, StoredTensor>()
  for (const name of savedArrays) {
    const array = store.arrays[name]
    if (array.length > 0) tensors.set(`run:${name}`, float32Tensor(array, [array.length]))
  }
  for (const { name, shape } of store.specs) {
    const values = best.get(name)
    if (values !== undefined) tensors.set(`best:${name}`, float32Tensor(values, shape))
  }
  const bytes = writeSafetensors(tensors, { state: JSON.stringify(state), sha256: digestOf(tensors) })
  const file = join(folder, `step-${String(state.step).padStart(8, '0')}.safetensors`)
  await writeWhole(file, bytes)
  const older = (await checkpointFiles(folder)).slice(generations)
  for (const name of older) await rm(join(folder, name), { force: true })
  return file
}

/** Loads the newest whole checkpoint into the store; undefined where there is none. */
export async function loadCheckpoint(folder: string, store: ParameterStore, fingerprint: string): Promise<Checkpoint | undefined> {
  await removeLeftovers(folder)
  let damaged: AppError | undefined
  for (const name of await checkpointFiles(folder)) {
    try {
      return await readCheckpoint(join(folder, name), store, fingerprint)
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'corrupt') throw error
      damaged ??= error
    }
  }
  if (damaged !== undefined) throw damaged
  return undefined
}

async function readCheckpoint(file: string, store: ParameterStore, fingerprint: string): Promise<Checkpoint> {
  const { tensors, metadata } = readSafetensors(await readFile(file), file)
  const corrupt = (reason: string, cause?: unknown): AppError =>
    new AppError('corrupt', `The checkpoint ${file} is damaged: ${reason}.`, {
      todo: 'Start the run again, or delete this file to use an older one.',
      ...(cause === undefined ? {} : { cause }),
    })
  if (metadata['sha256'] !== digestOf(tensors)) throw corrupt('its checksum does not fit')
  let state: CheckpointState
  try {
    state = checkpointStateSchema.parse(parseJson(metadata['state'] ?? ''))
  } catch (cause) {
    throw corrupt('its state cannot be read', cause)
  }
  if (state.fingerprint !== fingerprint) {
    throw new AppError('conflict', `The checkpoint ${file} belongs to a run with another recipe, captioner or data.`, {
      kept: 'Nothing was changed.',
      todo: 'Choose another output folder, or start without resuming.',
    })
  }
  for (const name of savedArrays) {
    const array = store.arrays[name]
    if (array.length === 0) continue
    const tensor = tensors.get(`run:${name}`)
    if (tensor === undefined || tensor.bytes.byteLength !== array.byteLength) throw corrupt(`“${name}” does not fit`)
    array.set(floatValues(tensor, name))
  }
  const best = new Map<string, Float32Array>()
  for (const { name } of store.specs) {
    const tensor = tensors.get(`best:${name}`)
    if (tensor !== undefined) best.set(name, floatValues(tensor, name))
  }
  return { state, best }
}

/** Names of a folder's checkpoints, newest first. */
export async function checkpointFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (toReport(error).code === 'not-found') return []
    throw error
  })
  return names
    .filter((name) => filePattern.test(name))
    .sort()
    .reverse()
}

/** A checksum over tensors and their names. */
export function digestOf(tensors: ReadonlyMap<string, StoredTensor>): string {
  const hash = createHash('sha256')
  for (const [name, { bytes }] of tensors) hash.update(name).update(bytes)
  return hash.digest('hex')
}
