/** Puts another captioner's staged captions in their places, with a row of its own for each model. */
import { externalRowSchema } from '#shared/jobs.ts'
import { replaceCandidates } from '../repositories/captions.ts'
import { insertExternal, type NewExternalModel } from '../repositories/external-models.ts'
import { refreshImageText } from '../repositories/image-text.ts'
import { modelNumber } from '../repositories/models.ts'
import type { Database } from '../storage/database.ts'
import { clearStaging, countStaged, rowsBetweenTelling, stagedRows, type Written } from './staging.ts'

/** Called inside a transaction. Returns the id of the last model. */
export function writeExternal(
  database: Database,
  models: readonly NewExternalModel[],
  { jobId, time, written }: { jobId: number; time: string; written: Written },
): string {
  let modelId = ''
  const numbers = new Map<string, number>()
  for (const model of models) {
    modelId = insertExternal(database, model, time)
    numbers.set(model.family, modelNumber(database, modelId))
  }
  const total = countStaged(database, jobId)
  const touched = new Set<number>()
  let done = 0
  for (const { family, imageId, candidates } of stagedRows(database, externalRowSchema, jobId)) {
    if (done % rowsBetweenTelling === 0) written(done, total)
    done += 1
    const number = numbers.get(family)
    if (number === undefined) continue
    const known = candidates.map((candidate) => ({ ...candidate, tokenLogProbabilities: null }))
    replaceCandidates(database, { imageId, beam: 0, candidates: known }, number, time)
    touched.add(imageId)
  }
  refreshImageText(database, [...touched])
  clearStaging(database, jobId)
  return modelId
}
