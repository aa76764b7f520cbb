/** Writes what jobs send. Each batch is one transaction; when `applyBatch` returns, it is on disk. */
import { assertNever } from '#shared/errors.ts'
import type { JobBatch } from '#shared/jobs.ts'
import { parseDocumentFrequency } from '#engine/metrics/document-frequency.ts'
import { withSmallCache, type Database } from './storage/database.ts'
import type { ChangedThing, WorkspaceEvent } from './events.ts'
import { commitImport, stageRows, type Written } from './import/staging.ts'
import { replacePhotos, tellReplaced } from './photos/replaced-photos.ts'
import { recordExport } from './export/recorded-exports.ts'
import { writeInstances } from './import/write-instances.ts'
import { writeTexts } from './import/write-texts.ts'
import { registerPackage, type PackageReader } from './models/model-catalog.ts'
import { replaceCandidates } from './repositories/captions.ts'
import { documentFrequencyNumber, storeDocumentFrequency } from './repositories/document-frequencies.ts'
import { writeMeasures } from './failures/caption-measures.ts'
import { writeClusters } from './failures/clusters/stored-clusters.ts'
import { writeMap } from './failures/maps/stored-maps.ts'
import { writeFailures } from './repositories/failures.ts'
import { writeExternal } from './import/write-external.ts'
import { refreshImageText } from './repositories/image-text.ts'
import { addFailure, getJob, updateJob } from './repositories/jobs.ts'
import { insertEvaluation, modelNumber } from './repositories/models.ts'
import { writeScores } from './repositories/scores.ts'
import { writeTrainingPoints, writeTrainingSample } from './repositories/training.ts'

export interface BatchContext {
  database: Database
  jobId: number
  time: string
  author: string
  notify(event: WorkspaceEvent): void
  packages: PackageReader
}

export async function applyBatch(context: BatchContext, batch: JobBatch): Promise<void> {
  const { database, jobId, time, notify } = context
  const changed = (...what: ChangedThing[]): void => notify({ kind: 'changed', what })
  const written: Written = (done, total) => notify({ kind: 'written', jobId, done, total })
  const commit = (work: () => void): void => {
    database.transaction(work).immediate()
  }
  const commitMany = (work: () => void): void => {
    withSmallCache(database, () => commit(work))
  }
  switch (batch.kind) {
    case 'import-rows':
    case 'text-rows':
    case 'external-rows':
      commit(() => stageRows(database, jobId, batch.rows))
      return
    case 'import-commit': {
      let replaced: number[] = []
      commitMany(() => {
        const { replaced: others, ...outcome } = commitImport(database, { jobId, imageRoot: batch.imageRoot, time, written })
        replaced = others
        updateJob(database, jobId, { result: { ...outcome, changed: others.length } }, time)
      })
      tellReplaced(replaced, notify)
      changed('images', 'scores')
      return
    }
    case 'instances':
      commitMany(() => void writeInstances(database, batch, written))
      changed('images')
      return
    case 'exported':
      commit(() => recordExport(database, batch, context.author, time))
      return
    case 'texts':
      commitMany(() => {
        const images = writeTexts(database, { jobId, as: batch.as, file: batch.file, author: context.author, time, written })
        updateJob(database, jobId, { result: { images } }, time)
      })
      changed(...(batch.as === 'references' ? (['images', 'scores'] as const) : (['reviews'] as const)))
      return
    case 'external-models': {
      let modelId = ''
      commitMany(() => {
        modelId = writeExternal(database, batch.models, { jobId, time, written })
        updateJob(database, jobId, { result: { modelId } }, time)
      })
      changed('captions', 'models')
      return
    }
    case 'photos-replaced': {
      const imageIds = database.transaction(() => replacePhotos(database, batch.photos, time)).immediate()
      tellReplaced(imageIds, notify)
      return
    }
    case 'captions':
      commit(() => {
        for (const row of batch.rows) replaceCandidates(database, row, modelNumber(database, row.modelId), time)
        refreshImageText(
          database,
          batch.rows.map(({ imageId }) => imageId),
        )
      })
      changed('captions')
      return
    case 'document-frequency': {
      const table = parseDocumentFrequency(batch.table, 'The table that a job sent')
      commit(() => void storeDocumentFrequency(database, table, time))
      return
    }
    case 'scores':
      commit(() => {
        const key = { modelNumber: modelNumber(database, batch.modelId), referenceSet: batch.referenceSet }
        writeScores(database, { ...key, documentFrequencyNumber: documentFrequencyNumber(database, batch.documentFrequencyId) }, batch.rows)
        writeFailures(database, key, batch.rows)
        writeMeasures(database, key, batch.rows)
      })
      changed('scores')
      return
    case 'evaluation':
      commit(() =>
        insertEvaluation(
          database,
          {
            ...batch,
            modelNumber: modelNumber(database, batch.modelId),
            documentFrequencyNumber: documentFrequencyNumber(database, batch.documentFrequencyId),
          },
          time,
        ),
      )
      changed('models', 'scores')
      return
    case 'training-points':
      commit(() => writeTrainingPoints(database, jobId, batch.totalSteps, batch.points))
      for (const point of batch.points) notify({ kind: 'training-point', jobId, point })
      return
    case 'training-sample':
      commit(() => writeTrainingSample(database, jobId, batch.sample))
      notify({ kind: 'training-sample', jobId, sample: batch.sample })
      return
    case 'model': {
      const { folder, parentId, snapshotId } = batch
      await registerPackage(database, context.packages, { folder, origin: 'trained', parentId, snapshotId }, time)
      notify({ kind: 'job', job: updateJob(database, jobId, { result: { modelId: batch.modelId } }, time) })
      changed('models')
      return
    }
    case 'map':
      commit(() => writeMap(database, batch, time))
      return
    case 'clusters':
      commit(() => writeClusters(database, batch, time))
      return
    case 'failure':
      commit(() => addFailure(database, jobId, batch.subject, batch.reason))
      notify({ kind: 'job', job: getJob(database, jobId) })
      return
    default:
      return assertNever(batch)
  }
}
