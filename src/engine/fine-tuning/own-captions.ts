/** Self-generated replay: what the parent itself says of photos that nobody captioned, for a run that has few stored captions to rehearse. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { AppError, toReport } from '#shared/errors.ts'
import { jsonOf } from '#shared/json.ts'
import type { JobContext } from '#shared/jobs.ts'
import { captionFromFeatures, captionText } from '#engine/captioning/caption-from-features.ts'
import type { FeatureSource } from '#engine/captioning/feature-source.ts'
import { openCaptionDecoder } from '#engine/decoding/caption-decoder.ts'
import type { ModelPackage } from '#engine/models/model-package.ts'
import { writeWhole } from '#engine/files/write-whole.ts'
import { sessionOptions } from '#engine/runtime/job-runtime.ts'
import type { DrawnImage } from '#engine/workspace/repositories/snapshots.ts'
import { drawReplay, wantedReplay, type FineTuningTexts } from './fine-tuning-data.ts'
import type { SettledRecipe } from './learning-method.ts'

const method = { kind: 'beam', beams: 3 } as const
const fileSchema = z.array(z.object({ imageId: z.int(), captions: z.array(z.string()) }))

export interface OwnCaptions {
  parent: ModelPackage
  features: FeatureSource
  /** Feature keys of the photos to caption. */
  keys: ReadonlyMap<number, string>
  /** Keeps the captions, so that a resumed run learns from the same ones, whatever was imported or reviewed meanwhile. */
  folder: string
  /** What they are kept in, and what is told meanwhile, where they are for something else than rehearsal. */
  file?: string
  message?: string
}

/** The parent's candidates of each photo, or those that an earlier attempt of the run stored. */
export async function keptOwnCaptions(context: JobContext, told: OwnCaptions): Promise<Map<number, string[]>> {
  return (await storedOwnCaptions(told)) ?? ownCaptions(context, told)
}

/** The parent's candidates of each photo, best first. */
export async function ownCaptions(context: JobContext, told: OwnCaptions): Promise<Map<number, string[]>> {
  const { parent, features, keys, message = 'Captioning photos to rehearse' } = told
  const decoder = await openCaptionDecoder(parent.captioner, parent.weights, sessionOptions(context))
  try {
    const total = keys.size
    const candidates = await captionFromFeatures(decoder, features, [...keys.values()], {
      method,
      signal: context.signal,
      onProgress: (done) => context.progress({ done, total, unit: 'images', message }),
    })
    const texts = candidates.map((all) => all.map(({ ids }) => captionText(parent.vocabulary, ids)).filter((text) => text !== ''))
    const stored = [...keys.keys()].map((imageId, index) => ({ imageId, captions: texts[index] }))
    await writeWhole(fileOf(told), JSON.stringify(stored))
    return byImage(stored)
  } finally {
    await decoder.close()
  }
}

export interface GeneratedReplay {
  recipe: SettledRecipe
  parent: ModelPackage
  features: FeatureSource
  texts: FineTuningTexts
  /** Photos that nobody captioned. */
  unlabelled: readonly DrawnImage[]
  /** Sees to the features of some photos; their keys. */
  keysOf(imageIds: readonly number[]): Promise<Map<number, string>>
  folder: string
}

/** The parent's own captions of photos that nobody captioned: as many as the recipe's stored captions leave wanting. */
export async function generatedReplay(
  context: JobContext,
  { recipe: { replay, replaySource }, texts, unlabelled, keysOf, ...told }: GeneratedReplay,
): Promise<Map<number, string[]>> {
  if (replay === 0 || replaySource === 'stored') return new Map()
  const stored = await storedOwnCaptions(told)
  if (stored !== undefined) return stored
  const missing = wantedReplay(texts.corrections.size) - (replaySource === 'own' ? 0 : texts.replay.size)
  const chosen = missing <= 0 ? [] : drawReplay(unlabelled, missing)
  return chosen.length === 0 ? new Map() : ownCaptions(context, { ...told, keys: await keysOf(chosen) })
}

/** What an earlier attempt of the run stored; undefined where none did. */
async function storedOwnCaptions(told: Pick<OwnCaptions, 'folder' | 'file'>): Promise<Map<number, string[]> | undefined> {
  try {
    return byImage(jsonOf(fileSchema, await readFile(fileOf(told), 'utf8'), (reason, cause) => unreadable(fileOf(told), reason, cause)))
  } catch (error) {
    if (toReport(error).code === 'not-found') return undefined
    throw error
  }
}

function unreadable(file: string, reason: string, cause: unknown): AppError {
  return new AppError('corrupt', `${file} cannot be read: ${reason}.`, {
    kept: 'The run’s checkpoints are kept.',
    todo: 'Remove the file: the captions are made again.',
    cause,
  })
}

const fileOf = ({ folder, file = 'own-captions.json' }: Pick<OwnCaptions, 'folder' | 'file'>): string => join(folder, file)

function byImage(stored: z.infer<typeof fileSchema>): Map<number, string[]> {
  return new Map(stored.map(({ imageId, captions }) => [imageId, captions]))
}
