/** Everything that belongs to the open workspace, loaded and cleared together. */
import { defineStore } from 'pinia'
import { evaluationSets } from '#shared/domain.ts'
import type { Job } from '#shared/jobs.ts'
import { call, listen as listenTo } from '../bridge.ts'
import { useExperiments } from './experiments.ts'
import { useGuidelines } from './guidelines.ts'
import { useJobs } from './jobs.ts'
import { useCases } from './annotation/cases.ts'
import { useLabels } from './annotation/labels.ts'
import { useLists } from './annotation/lists.ts'
import { useVotes } from './annotation/votes.ts'
import { useLibrary } from './library.ts'
import { useModels } from './models.ts'
import { useNotices } from './notices.ts'
import { usePlace } from './place.ts'
import { useProject } from './project.ts'
import { useRegions } from './regions.ts'
import { useReview } from './review.ts'
import { useTraining } from './training.ts'
import { useUndo } from './undo.ts'

/** What was scored is read while nobody waits for it: the first look at its failures is as quick as the others. */
function readAhead({ result }: Job): void {
  const set = evaluationSets.find((name) => name === result['set'])
  if (set !== undefined) call('failures.look', { modelId: String(result['modelId']), set, metric: 'CIDEr' }).catch(() => undefined) // whoever looks is told
}

export const useSession = defineStore('session', () => {
  const cases = useCases()
  const experiments = useExperiments()
  const guidelines = useGuidelines()
  const jobs = useJobs()
  const labels = useLabels()
  const library = useLibrary()
  const lists = useLists()
  const models = useModels()
  const notices = useNotices()
  const place = usePlace()
  const project = useProject()
  const review = useReview()
  const training = useTraining()
  const undo = useUndo()
  const votes = useVotes()

  /** Once, when the window starts. */
  function listen(): void {
    cases.listenForChanges()
    guidelines.listenForChanges()
    jobs.listenForChanges()
    labels.listenForChanges()
    library.listenForChanges()
    lists.listenForChanges()
    review.listenForChanges()
    training.listenForPoints()
    undo.listenForChanges()
    votes.listenForChanges()
    listenTo('workspaceChanged', ({ what }) => {
      // What is shown stays when it cannot be fetched anew; the next view that needs it says why.
      if (what.some((part) => part === 'models' || part === 'snapshots' || part === 'scores')) models.load().catch(() => undefined)
      if (what.some((part) => part === 'reviews' || part === 'snapshots')) training.loadPreview().catch(() => undefined)
    })
    jobs.onFinished((job) => {
      if (job.kind === 'score' && job.state === 'done') readAhead(job)
      if (job.state === 'failed' && job.error !== null)
        notices.show('error', `${job.title} failed. ${job.error.happened}`, { details: [job.error.kept, job.error.todo] })
      else if (job.state === 'done') notices.show('success', `${job.title}: done`, { details: [job.message] })
    })
  }

  /** When a workspace was opened. */
  async function load(): Promise<void> {
    await Promise.all([
      place.restore(),
      labels.load(),
      lists.load(),
      project.load(),
      models.load(),
      jobs.load(),
      undo.load(),
      training.loadPreview(),
      guidelines.load(),
    ])
  }

  function clear(): void {
    void useRegions().show(null)
    place.clear()
    for (const store of [cases, experiments, guidelines, jobs, labels, library, lists, models, project, review, training, undo, votes]) store.clear()
  }

  return { listen, load, clear }
})
