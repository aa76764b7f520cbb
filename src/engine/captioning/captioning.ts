/** A model at work on the workspace's images: features from the cache (computed where missing), beam search, batches to the writer. */
import { join } from 'node:path'
import type { Provider } from '#shared/domain.ts'
import { AppError, sentence } from '#shared/errors.ts'
import type { CaptionRow, JobContext } from '#shared/jobs.ts'
import { openCaptionDecoder, type CaptionDecoder } from '#engine/decoding/caption-decoder.ts'
import { decodeBatch } from '#engine/decoding/decode.ts'
import type { DecodedCaption } from '#engine/decoding/stepper.ts'
import { readModelPackage, type ModelPackage } from '#engine/models/model-package.ts'
import { deviceOf } from '#engine/runtime/device.ts'
import type { SessionOptions } from '#engine/runtime/session.ts'
import { decodeWords, joinWords } from '#engine/text/vocabulary.ts'
import { ensureBoxes, openCachedFeatures, type CachedFeatures } from '#engine/training/data/cached-features.ts'
import { createVisualBatch, readVisual } from '#engine/training/data/visual-batch.ts'
import { openEncoder, type Encoder } from '#engine/vision/encoders/encoder.ts'
import { extractFeatures, type ImageToEncode } from '#engine/vision/features/extract.ts'
import { featureKey } from '#engine/vision/features/feature-key.ts'
import type { Database } from '#engine/workspace/storage/database.ts'
import { workspaceLayout } from '#engine/workspace/storage/layout.ts'
import { captionedImages } from '#engine/workspace/repositories/captions.ts'
import { getImages } from '#engine/workspace/repositories/images.ts'
import { getModel, modelNumber } from '#engine/workspace/repositories/models.ts'

/** Photos that are encoded, captioned and committed together. */
const photosPerBatch = 32

/** An encoder with its feature cache in the workspace. */
export interface Seeing {
  encoder: Encoder
  features: CachedFeatures
  close(): Promise<void>
}

export interface JobImage {
  id: number
  path: string
  contentHash: string
}

/** Sessions as the job's environment asks; a second attempt takes one thread. */
export function sessionOptions({ environment }: JobContext): SessionOptions {
  return { provider: environment.provider, threads: environment.attempt > 1 ? 1 : environment.threads }
}

export function tellProvider(context: JobContext, provider: Provider): void {
  context.executed(provider, deviceOf(provider))
}

/** The package of a model that the workspace knows. @throws AppError `not-found`, `corrupt` */
export function openModel(database: Database, modelId: string): Promise<ModelPackage> {
  return readModelPackage(getModel(database, modelId).folder)
}

/** The encoder that a model was trained with. @throws AppError `not-found`, or `conflict` where an encoder of that name is another one */
export async function openSeeing(context: JobContext, { manifest }: ModelPackage): Promise<Seeing> {
  const { id, fingerprint, pooling, regions } = manifest.encoder
  const { encoderRoots, workspaceFolder } = context.environment
  let encoder: Encoder | undefined
  for (const root of encoderRoots) {
    encoder = await openEncoder(join(root, id), sessionOptions(context)).catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'not-found') return undefined
      throw error
    })
    if (encoder) break
  }
  if (!encoder)
    throw new AppError('not-found', `The encoder “${id}” of the model ${manifest.name} is not here.`, { todo: 'Add the encoder, or choose another model.' })
  if (featureKey(encoder.manifest).fingerprint !== fingerprint) {
    await encoder.close()
    throw new AppError('conflict', `The encoder “${id}” is not the one that the model ${manifest.name} was trained with.`, {
      todo: 'Add the encoder that came with the model.',
    })
  }
  const features = openCachedFeatures(workspaceLayout(workspaceFolder).features, encoder.manifest, { pooling, mirror: false, regions })
  const opened = encoder
  return {
    encoder,
    features,
    async close() {
      await features.close()
      await opened.close()
    },
  }
}

/** Sees to the features of some photos; a photo that cannot be read becomes a failure of the job. Returns feature keys by image id. */
export async function ensureImageFeatures(
  context: JobContext,
  seeing: Seeing,
  images: readonly JobImage[],
  onProgress?: (done: number) => void,
): Promise<Map<number, string>> {
  const keys = new Map<number, string>()
  const unreadable: { subject: string; reason: string }[] = []
  const idOf = new Map<ImageToEncode, number>(images.map(({ id, path, contentHash }) => [{ path, hash: contentHash }, id]))
  await extractFeatures({
    images: [...idOf.keys()],
    encoder: seeing.encoder,
    caches: [seeing.features.plain],
    signal: context.signal,
    onProgress: (done) => onProgress?.(done),
    onFailure: ({ path }, report) => void unreadable.push({ subject: path, reason: sentence(report) }),
    onFeatures: (image, hash) => {
      const imageId = idOf.get(image)
      if (imageId !== undefined) keys.set(imageId, hash)
    },
  })
  for (const failure of unreadable) await context.emit({ kind: 'failure', ...failure })
  const located = images.flatMap(({ id, path }) => (keys.has(id) ? [{ path, hash: keys.get(id) ?? '' }] : []))
  await ensureBoxes(seeing.features, located, seeing.encoder, { signal: context.signal })
  return keys
}

export interface CaptioningRequest {
  modelId: string
  imageIds: readonly number[]
  beam: number
  /** Also images that the model has captioned before: all of them, none, or those with another beam (what is scored must be what its row says). */
  again: boolean | 'other-beam'
  message: string
}

/**
 * Captions images and commits them batch by batch, so that a killed job goes on where its last batch ended. Returns how many were captioned now.
 * @throws AppError
 */
export async function captionImages(context: JobContext, database: Database, request: CaptioningRequest): Promise<number> {
  const { modelId, beam, again, message } = request
  const known =
    again === true ? new Set<number>() : captionedImages(database, request.imageIds, modelNumber(database, modelId), again === 'other-beam' ? beam : null)
  const imageIds = request.imageIds.filter((imageId) => !known.has(imageId))
  const total = request.imageIds.length
  let done = total - imageIds.length
  context.progress({ done, total, unit: 'images', message })
  if (imageIds.length === 0) return 0

  const model = await openModel(database, modelId)
  const seeing = await openSeeing(context, model)
  const decoder = await openCaptionDecoder(model.captioner, model.weights, sessionOptions(context))
  tellProvider(context, decoder.provider)
  const size = context.environment.attempt > 1 ? photosPerBatch / 4 : photosPerBatch
  let captioned = 0
  try {
    for (let first = 0; first < imageIds.length; first += size) {
      await context.unpaused()
      throwIfCancelled(context)
      const images = getImages(database, imageIds.slice(first, first + size))
      const rows = await captionBatch(context, { model, seeing, decoder }, images, beam)
      if (rows.length > 0) await context.emit({ kind: 'captions', rows })
      captioned += rows.length
      done += images.length
      context.progress({ done, total, unit: 'images', message })
    }
  } finally {
    await decoder.close()
    await seeing.close()
  }
  return captioned
}

interface CaptioningParts {
  model: ModelPackage
  seeing: Seeing
  decoder: CaptionDecoder
}

async function captionBatch(context: JobContext, { model, seeing, decoder }: CaptioningParts, images: JobImage[], beam: number): Promise<CaptionRow[]> {
  const keys = await ensureImageFeatures(context, seeing, images)
  const readable = images.filter(({ id }) => keys.has(id))
  if (readable.length === 0) return []
  const { features } = seeing
  const visual = createVisualBatch(readable.length, features.visualTokens, features.featureWidth)
  readable.forEach(({ id }, index) => readVisual(visual, index, features, keys.get(id) ?? '', false))
  const method = { kind: 'beam', beams: beam } as const
  const candidates = await decodeBatch(decoder, visual.features, readable.length, features.visualTokens, method, Infinity, visual.regions)
  return readable.map(({ id }, index) => ({
    imageId: id,
    modelId: model.manifest.id,
    beam,
    candidates: candidates[index].map((candidate) => candidateOf(model, candidate)),
  }))
}

function candidateOf({ vocabulary }: ModelPackage, { ids, logProbability, tokenLogProbabilities }: DecodedCaption): CaptionRow['candidates'][number] {
  return { text: joinWords(decodeWords(vocabulary, ids)), logProbability, tokenLogProbabilities: [...tokenLogProbabilities] }
}

export function throwIfCancelled({ signal }: JobContext): void {
  if (signal.aborted) throw new AppError('cancelled', 'The work was cancelled.', { kept: 'What was finished is kept.' })
}
