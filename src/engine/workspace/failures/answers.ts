/** The answers to the verbs that find where a model goes wrong. */
import type { Answers, VerbParsed } from '#shared/api.ts'
import type { Database } from '../storage/database.ts'
import { modelNumber } from '../repositories/models.ts'
import { failureSummary } from '../repositories/failures.ts'
import { inSlices } from '../slices.ts'
import type { JobQueue } from '../job-queue.ts'
import type { FrameQuery } from './frame.ts'
import type { ReviewContext } from '../review/review-context.ts'
import { clusterAnswers } from './clusters/cluster-answers.ts'
import { findSteps } from './find-slices.ts'
import { lookSteps, selectedSteps } from './look.ts'
import { mapAnswers } from './maps/map-answers.ts'
import { historySteps, keepSlice, listSlices, removeSlice } from './slices.ts'
import { worstAmong, worstWithout } from './worst-images.ts'

type FailureVerb = 'failures.summary' | 'failures.look' | 'failures.worst' | 'failures.some' | 'failures.images'
type MapVerb = 'maps.open' | 'maps.standing' | 'maps.start' | 'maps.colours' | 'maps.left'
type SliceVerb = Extract<keyof Answers<'workspace'>, `slices.${string}`>

/** One function for each verb. */
export function failureAnswers(database: Database, jobs: JobQueue, review: () => ReviewContext): Pick<Answers<'workspace'>, FailureVerb | MapVerb | SliceVerb> {
  const queryOf = ({ modelId, otherId, set, metric }: VerbParsed<'failures.look'>): FrameQuery => ({
    set,
    metric,
    modelNumber: modelNumber(database, modelId),
    otherNumber: otherId === null || otherId === modelId ? null : modelNumber(database, otherId),
  })
  return {
    'failures.summary': ({ modelId, set }) => failureSummary(database, modelNumber(database, modelId), set),
    'failures.look': (asked) => inSlices(lookSteps(database, queryOf(asked), asked.filters)),
    'failures.images': async (asked) => (await inSlices(selectedSteps(database, queryOf(asked), { filters: asked.filters, most: Infinity }))) ?? [],
    'failures.some': ({ imageIds, ...asked }) => worstAmong(database, queryOf(asked), imageIds),
    ...mapAnswers(database, jobs, queryOf),
    ...clusterAnswers(database, jobs),
    'slices.list': () => listSlices(database),
    'slices.keep': (kept) => keepSlice(review(), kept),
    'slices.remove': ({ sliceId }) => {
      removeSlice(database, sliceId)
      return null
    },
    'slices.history': ({ sliceId }) => inSlices(historySteps(database, sliceId)),
    'slices.find': ({ most, ...asked }) => inSlices(findSteps(database, queryOf({ ...asked, otherId: null, filters: [] }), most)),
    'failures.worst': async ({ kind, most, ...asked }) => {
      const query = queryOf(asked)
      const filters = kind === null ? asked.filters : [...asked.filters, { by: 'kind' as const, side: 'model' as const, kind }]
      const imageIds = await inSlices(selectedSteps(database, query, { filters, most }))
      return imageIds === null ? worstWithout(database, query, { kind, most }) : worstAmong(database, query, imageIds)
    },
  }
}
