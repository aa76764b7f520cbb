/** Fine-tuning on captioned photos from files, without a workspace: the same run as the window's job, over texts that were read instead of reviewed. */
import { mkdir, rm } from 'node:fs/promises'
import { basename } from 'node:path'
import type { FineTuneRecipe } from '#shared/domain.ts'
import type { JobContext, JobProgress } from '#shared/jobs.ts'
import { AppError } from '#shared/errors.ts'
import type { ModelPackage } from '#engine/models/model-package.ts'
import type { SessionOptions } from '#engine/runtime/session.ts'
import { ensureBoxes, ensureFeatures, openCachedFeatures } from '#engine/captioning/cached-features.ts'
import type { CaptionedImage } from '#engine/datasets/captioned-photos.ts'
import { openEncoder } from '#engine/vision/encoders/encoder.ts'
import { isHeldOut, type SnapshotItem } from '#engine/workspace/repositories/snapshots.ts'
import { fineTuneAndJudge, type FineTuned } from './fine-tuned.ts'
import { fineTuningTexts, imagesOf, type FineTuningTexts } from './fine-tuning-data.ts'

export interface FileCorrections {
  parent: ModelPackage
  recipe: FineTuneRecipe
  /** Photos with their corrections. */
  corrected: readonly CaptionedImage[]
  /** Photos with captions of what the parent learned from: rehearsed, and judged by. */
  rehearsed: readonly CaptionedImage[]
  encoderFolder: string
  featureFolder: string
  /** Of checkpoints; emptied when the run has ended. */
  workFolder: string
  session: SessionOptions
  signal: AbortSignal
  tell: { progress(progress: JobProgress): void; leftOut(path: string, reason: string): void }
}

export interface FileFineTuned extends FineTuned {
  texts: FineTuningTexts
}

/** @throws AppError `too-little-data`, `conflict` where the encoder is another than the parent's, `cancelled` */
export async function fineTuneOnFiles(input: FileCorrections): Promise<FileFineTuned> {
  const { parent, recipe, workFolder, featureFolder, session, signal, tell } = input
  const { pooling, regions, fingerprint, id } = parent.manifest.encoder
  const images = [...input.corrected, ...input.rehearsed]
  const encoder = await openEncoder(input.encoderFolder, session)
  const features = openCachedFeatures(featureFolder, encoder.manifest, { pooling, mirror: false, regions })
  try {
    if (features.plain.key.fingerprint !== fingerprint) {
      throw new AppError('conflict', `The encoder “${id}” is not the one that the model ${parent.manifest.name} was trained with.`, {
        todo: 'Name the encoder that came with the model.',
      })
    }
    const texts = fineTuningTexts(itemsOf(input))
    const wanted = new Set(imagesOf(texts))
    const paths = images.flatMap(({ path }, imageId) => (wanted.has(imageId) ? [path] : []))
    const report = {
      signal,
      onProgress: (done: number, total: number) => tell.progress({ done, total, unit: 'images', message: 'Preparing images' }),
      onFailure: (path: string, reason: { happened: string }) => tell.leftOut(path, reason.happened),
    }
    const hashes = await ensureFeatures([...new Set(paths)], encoder, [features.plain], report)
    const located = [...hashes].map(([path, hash]) => ({ path, fileName: basename(path), hash }))
    await ensureBoxes(features, located, encoder, report)
    const keys = new Map(images.flatMap(({ path }, imageId) => (wanted.has(imageId) && hashes.has(path) ? [[imageId, hashes.get(path) ?? '']] : [])))
    await mkdir(workFolder, { recursive: true })
    const documentFrequency = await parent.documentFrequency()
    const context = contextOf(input)
    const tuned = await fineTuneAndJudge(context, { recipe, parent, texts, keys, features, documentFrequency, checkpointFolder: workFolder, errors: new Map() })
    await rm(workFolder, { recursive: true, force: true })
    return { ...tuned, texts }
  } finally {
    await features.close()
    await encoder.close()
  }
}

/** A snapshot of what the files hold. */
function itemsOf({ corrected, rehearsed, recipe }: FileCorrections): SnapshotItem[] {
  return [...corrected, ...rehearsed].flatMap(({ captions }, imageId) =>
    captions.map((text): SnapshotItem => {
      const item = { imageId, text, weight: 1 }
      if (imageId < corrected.length) return { ...item, kind: 'correction', heldOut: isHeldOut(imageId, recipe.heldOut) }
      return { ...item, kind: 'reference', heldOut: false }
    }),
  )
}

function contextOf({ workFolder, session, signal, tell }: FileCorrections): JobContext {
  return {
    environment: {
      jobId: 0,
      workspaceFolder: workFolder,
      modelRoots: [],
      encoderRoots: [],
      provider: session.provider ?? 'cpu',
      threads: session.threads ?? 0,
      attempt: 1,
    },
    emit: () => Promise.resolve(),
    progress: tell.progress,
    signal,
    unpaused: () => Promise.resolve(),
    executed: () => undefined,
  }
}
