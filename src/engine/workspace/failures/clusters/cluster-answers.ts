/** The answers to the verbs about clusters of a scored set. */
import type { Answers } from '#shared/api.ts'
import type { Clustering } from '#shared/slices/clusters.ts'
import type { JobQueue } from '../../job-queue.ts'
import { getModel, modelNumber } from '../../repositories/models.ts'
import { inSlices } from '../../slices.ts'
import type { Database } from '../../storage/database.ts'
import { mapState, type MappedSet } from '../maps/mapped-images.ts'
import { newestClusters } from './stored-clusters.ts'

/** One function for each verb. */
export function clusterAnswers(database: Database, jobs: JobQueue): Pick<Answers<'workspace'>, 'slices.clusterings' | 'slices.cluster'> {
  return {
    'slices.clusterings': ({ modelId, set }) => inSlices(clusteringSteps(database, { modelNumber: modelNumber(database, modelId), set })),
    'slices.cluster': (input) =>
      jobs.enqueue(`Find clusters of ${getModel(database, input.modelId).name} on ${input.set}`, { kind: 'find-clusters', ...input }),
  }
}

function* clusteringSteps(database: Database, mapped: MappedSet): Generator<void, Clustering[]> {
  const found: Clustering[] = []
  for (const { state, ...clustering } of newestClusters(database, mapped)) {
    const { digest } = yield* mapState(database, mapped, clustering.basis)
    found.push({ ...clustering, current: state === digest })
  }
  return found
}
