/** A model that the workspace knows, and what it sees with. */
import { openModelFeatures, type ModelFeatures } from '#engine/captioning/model-features.ts'
import { readModelPackage, type ModelPackage } from '#engine/models/model-package.ts'
import { sessionOptions } from '#engine/runtime/job-runtime.ts'
import { getPackage } from '#engine/workspace/repositories/models.ts'
import type { Database } from '#engine/workspace/storage/database.ts'
import { workspaceLayout } from '#engine/workspace/storage/layout.ts'
import { sentence } from '#shared/errors.ts'
import type { JobContext } from '#shared/jobs.ts'
import { replacedPhoto, tellReplaced, toEncode, type JobImage } from './photo-files.ts'

/** The package of a model that the workspace knows. @throws AppError `not-found`, `corrupt` */
export function openModel(database: Database, modelId: string): Promise<ModelPackage> {
  return readModelPackage(getPackage(database, modelId).folder)
}

/** Where a job's models find encoders and keep features. */
export function featureOptions(context: JobContext) {
  const { encoderRoots, workspaceFolder } = context.environment
  return { encoderRoots, featureFolder: workspaceLayout(workspaceFolder).features, session: sessionOptions(context) }
}

/** What a model sees with in a job. @throws as `openModelFeatures` */
export function openSeeing(context: JobContext, model: ModelPackage): Promise<ModelFeatures> {
  return openModelFeatures(model, featureOptions(context))
}

/**
 * Sees to the features of some images; one that cannot be read, or that is another photo than its hash says, becomes a failure of the job.
 * Returns feature keys by image id.
 */
export async function ensureImageFeatures(
  context: JobContext,
  seeing: ModelFeatures,
  images: readonly JobImage[],
  onProgress?: (done: number) => void,
): Promise<Map<number, string>> {
  const failures: { subject: string; reason: string }[] = []
  const encoded = images.map((image) => toEncode(context, image))
  const seen = await seeing.ensure(encoded, {
    signal: context.signal,
    onProgress,
    onFailure: ({ path }, report) => void failures.push({ subject: path, reason: sentence(report) }),
  })
  const others = seen.filter(({ photo: { hash }, key }) => key !== hash)
  failures.push(...others.map(({ photo: { path } }) => ({ subject: path, reason: sentence(replacedPhoto(path).report()) })))
  await tellReplaced(
    context,
    others.map(({ photo }) => photo),
  )
  for (const failure of failures) await context.emit({ kind: 'failure', ...failure })
  return new Map(seen.flatMap(({ photo: { id, hash }, key }) => (key === hash ? [[id, key]] : [])))
}
