/** What a finished stage leaves beside its checkpoints: its weights and how it went, so that it never runs twice. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { writeWhole } from '#engine/files/write-whole.ts'
import { packageScoresSchema } from '#engine/models/manifest.ts'
import { float32Tensor, floatValues, readSafetensors, writeSafetensors, type StoredTensor } from '#engine/files/safetensors.ts'
import type { ParameterSpec, Weights } from '#engine/captioners/captioner.ts'
import { AppError, toReport } from '#shared/errors.ts'
import { parseJson } from '#shared/json.ts'
import { digestOf } from './checkpoint.ts'
import type { TrainingRecipe } from './recipe.ts'

const stateSchema = z.strictObject({
  formatVersion: z.literal(1),
  /** As of checkpoints: recipe, captioner and data. */
  fingerprint: z.string(),
  /** By which it stopped early. */
  evaluation: z.record(z.string(), z.json()),
  step: z.int().min(0),
  reason: z.enum(['done', 'no-gain']),
  bestScore: z.number().nullable(),
  bestStep: z.int().nullable(),
  seconds: z.number().min(0),
  /** Scores of its weights, where they were judged. */
  metrics: z.array(packageScoresSchema),
})
export type StageState = Omit<z.infer<typeof stateSchema>, 'formatVersion' | 'evaluation'>

export interface StageResult extends StageState {
  weights: Weights
}

const fileName = 'finished.safetensors'

export async function writeStageResult(
  folder: string,
  specs: readonly ParameterSpec[],
  evaluation: TrainingRecipe['evaluation'],
  { weights, ...state }: StageResult,
): Promise<void> {
  const tensors = new Map<string, StoredTensor>()
  for (const { name, shape } of specs) {
    const values = weights.get(name)
    if (values !== undefined) tensors.set(name, float32Tensor(values, shape))
  }
  const metadata = { state: JSON.stringify({ formatVersion: 1, evaluation, ...state }), sha256: digestOf(tensors) }
  await writeWhole(join(folder, fileName), writeSafetensors(tensors, metadata))
}

/**
 * The result of a stage that ended here; undefined where there is none, or where it stopped early by other rules than now (it then goes on from its
 * checkpoints).
 * @throws AppError `conflict` for the result of another run, `corrupt`
 */
export async function readStageResult(
  folder: string,
  specs: readonly ParameterSpec[],
  evaluation: TrainingRecipe['evaluation'],
  fingerprint: string,
): Promise<StageResult | undefined> {
  const file = join(folder, fileName)
  const bytes = await readFile(file).catch((error: unknown) => {
    if (toReport(error).code === 'not-found') return undefined
    throw error
  })
  if (bytes === undefined) return undefined
  const { tensors, metadata } = readSafetensors(bytes, file)
  const state = stateSchema.safeParse(parsedOrNull(metadata['state']))
  if (!state.success || metadata['sha256'] !== digestOf(tensors)) {
    throw new AppError('corrupt', `The finished stage ${file} is damaged.`, { todo: 'Delete this file: the stage then goes on from its checkpoints.' })
  }
  const { formatVersion: _formatVersion, evaluation: rules, ...told } = state.data
  if (told.fingerprint !== fingerprint) {
    throw new AppError('conflict', `The finished stage ${file} belongs to a run with another recipe, captioner or data.`, {
      kept: 'Nothing was changed.',
      todo: 'Choose another folder for checkpoints, or start without resuming.',
    })
  }
  if (told.reason === 'no-gain' && !isDeepStrictEqual(rules, { ...evaluation })) return undefined
  const weights = new Map<string, Float32Array>()
  for (const { name } of specs) {
    const tensor = tensors.get(name)
    if (tensor === undefined) throw new AppError('corrupt', `The finished stage ${file} lacks “${name}”.`, { todo: 'Delete this file.' })
    weights.set(name, floatValues(tensor, name))
  }
  return { ...told, weights }
}

function parsedOrNull(text: string | undefined): unknown {
  try {
    return parseJson(text ?? '')
  } catch {
    return null
  }
}
