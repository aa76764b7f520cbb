/** A model that the workspace knows, and what it sees with. */
import { openModelFeatures, type ModelFeatures } from '#engine/captioning/model-features.ts'
import { readModelPackage, type ModelPackage } from '#engine/models/model-package.ts'
import { sessionOptions } from '#engine/runtime/job-runtime.ts'
import { getPackage } from '#engine/workspace/repositories/models.ts'
import type { Database } from '#engine/workspace/storage/database.ts'
import { workspaceLayout } from '#engine/workspace/storage/layout.ts'
import { sentence } from '#shared/errors.ts'
import type { JobContext } from '#shared/jobs.ts'

/** An image of the workspace as the encoder wants it. */
export interface JobImage {
  id: number
  path: string
  contentHash: string
}

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

/** Sees to the features of some images; one that cannot be read becomes a failure of the job. Returns feature keys by image id. */
export async function ensureImageFeatures(
  context: JobContext,
  seeing: ModelFeatures,
  images: readonly JobImage[],
  onProgress?: (done: number) => void,
): Promise<Map<number, string>> {
  const failures: { subject: string; reason: string }[] = []
  const seen = await seeing.ensure(images.map(toEncode), {
    signal: context.signal,
    onProgress,
    onFailure: ({ path }, report) => void failures.push({ subject: path, reason: sentence(report) }),
  })
  for (const failure of failures) await context.emit({ kind: 'failure', ...failure })
  return new Map(seen.map(({ photo: { id }, key }) => [id, key]))
}

/** An image whose content is known is not read where its features are cached. */
export function toEncode({ id, path, contentHash }: JobImage): { id: number; path: string; hash: string } {
  return { id, path, hash: contentHash }
}
