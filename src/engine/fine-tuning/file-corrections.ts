/** Fine-tuning on files, without a workspace: the same run as the window's job, over texts that were read instead of reviewed. */
import { mkdir, rm } from 'node:fs/promises'
import { basename } from 'node:path'
import type { FineTuneRecipe } from '#shared/domain.ts'
import type { JobContext, JobProgress } from '#shared/jobs.ts'
import { AppError } from '#shared/errors.ts'
import type { ModelPackage } from '#engine/models/model-package.ts'
import type { SessionOptions } from '#engine/runtime/session.ts'
import { ensureBoxes, ensureFeatures, openCachedFeatures } from '#engine/captioning/cached-features.ts'
import { openEncoder } from '#engine/vision/encoders/encoder.ts'
import { fineTuneAndJudge, type FineTuned } from './fine-tuned.ts'
import { fineTuningTexts, imagesOf, type FineTuningTexts } from './fine-tuning-data.ts'
import type { FileData } from './file-data.ts'
import { settledRecipe } from './learning-method.ts'
import { generatedReplay } from './own-captions.ts'

export interface FileCorrections {
  parent: ModelPackage
  recipe: FineTuneRecipe
  data: FileData
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
  /** Rehearsed photos whose captions are the parent's own. */
  own: number
}

/** @throws AppError `too-little-data`, `conflict` where the encoder is another than the parent's, `cancelled` */
export async function fineTuneOnFiles(input: FileCorrections): Promise<FileFineTuned> {
  const { parent, recipe, data, workFolder, featureFolder, session, signal, tell } = input
  const { pooling, regions, fingerprint, id } = parent.manifest.encoder
  const encoder = await openEncoder(input.encoderFolder, session)
  const features = openCachedFeatures(featureFolder, encoder.manifest, { pooling, mirror: false, regions })
  const report = {
    signal,
    onProgress: (done: number, total: number) => tell.progress({ done, total, unit: 'images', message: 'Preparing images' }),
    onFailure: (path: string, reason: { happened: string }) => tell.leftOut(path, reason.happened),
  }
  /** Feature keys by image; photos that are not there or cannot be read have none. */
  const keysOf = async (imageIds: readonly number[]): Promise<Map<number, string>> => {
    const paths = imageIds.flatMap((imageId) => data.paths.get(imageId) ?? [])
    const hashes = await ensureFeatures([...new Set(paths)], encoder, [features.plain], report)
    const located = [...hashes].map(([path, hash]) => ({ path, fileName: basename(path), hash }))
    await ensureBoxes(features, located, encoder, report)
    return new Map(
      imageIds.flatMap((imageId) => {
        const hash = hashes.get(data.paths.get(imageId) ?? '')
        return hash === undefined ? [] : [[imageId, hash]]
      }),
    )
  }
  try {
    if (features.plain.key.fingerprint !== fingerprint) {
      throw new AppError('conflict', `The encoder “${id}” is not the one that the model ${parent.manifest.name} was trained with.`, {
        todo: 'Name the encoder that came with the model.',
      })
    }
    const stored = fineTuningTexts(data.items)
    const context = contextOf(input)
    await mkdir(workFolder, { recursive: true })
    const own = await generatedReplay(context, {
      recipe: settledRecipe(recipe, parent.manifest),
      ...{ parent, features, texts: stored, unlabelled: data.unlabelled, keysOf, folder: workFolder },
    })
    const texts = { ...stored, replay: new Map([...(recipe.replaySource === 'own' ? [] : stored.replay), ...own]) }
    const keys = await keysOf(imagesOf(texts))
    const documentFrequency = await parent.documentFrequency()
    const tuned = await fineTuneAndJudge(context, { recipe, parent, texts, keys, features, documentFrequency, checkpointFolder: workFolder, errors: new Map() })
    await rm(workFolder, { recursive: true, force: true })
    return { ...tuned, texts, own: own.size }
  } finally {
    await features.close()
    await encoder.close()
  }
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
