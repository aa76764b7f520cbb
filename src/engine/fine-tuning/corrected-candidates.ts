/** What each correction corrects: the candidate that its lineage names, or what the parent itself says of the photo. */
import type { JobContext } from '#shared/jobs.ts'
import type { FeatureSource } from '#engine/captioning/feature-source.ts'
import type { ModelPackage } from '#engine/models/model-package.ts'
import type { FineTuningTexts } from './fine-tuning-data.ts'
import { keptOwnCaptions } from './own-captions.ts'

export interface CorrectedCandidates {
  parent: ModelPackage
  features: FeatureSource
  texts: FineTuningTexts
  /** Feature keys by image. */
  keys: ReadonlyMap<number, string>
  /** Keeps what the parent says, for a run that is resumed. */
  folder: string
}

/** The texts with a candidate for every correction whose photo's features are there. @throws AppError `cancelled` */
export async function withCandidates(context: JobContext, { texts, keys, ...told }: CorrectedCandidates): Promise<FineTuningTexts> {
  const { corrections, lineage } = texts
  const unknown = [...corrections].filter(([imageId, captions]) => captions.some((_, place) => (lineage.replaced.get(imageId)?.[place] ?? null) === null))
  const missing = new Map(unknown.flatMap(([imageId]) => (keys.has(imageId) ? [[imageId, keys.get(imageId) ?? '']] : [])))
  if (missing.size === 0) return texts
  const said = await keptOwnCaptions(context, { ...told, keys: missing, file: 'corrected-candidates.json', message: 'Captioning what was corrected' })
  const replaced = new Map(
    [...corrections].map(([imageId, captions]) => {
      const [own = null] = said.get(imageId) ?? []
      return [imageId, captions.map((_, place) => lineage.replaced.get(imageId)?.[place] ?? own)]
    }),
  )
  return { ...texts, lineage: { ...lineage, replaced } }
}
