/** The answers to the verbs of the contract that the workspace owns (src/shared/api.ts says what each takes and gives). */
import { basename } from 'node:path'
import type { Answers, VerbParsed, VerbResult } from '#shared/api.ts'
import { anyFilter, type ModelSummary, type PhotoList } from '#shared/domain.ts'
import type { Job } from '#shared/jobs.ts'
import { AppError } from '#shared/errors.ts'
import type { SpellingChoice } from '#shared/writing.ts'
import { lookAtWork, readRecord } from '#engine/cluster/cluster-job.ts'
import { listDictionaries } from '#engine/writing/dictionaries.ts'
import { compareCorpora, compareModels } from './scores/comparisons.ts'
import type { Database } from './storage/database.ts'
import type { ChangedThing, WorkspaceEvent } from './events.ts'
import { experimentId, experimentTable, listExperiments, runExperiment, viewExperiment } from './experiments/experiments.ts'
import { requireOutput, writeOutput } from '#engine/files/output-place.ts'
import type { LeftOutModel } from '#shared/left-out-model.ts'
import { requireCorrections } from './models/fewest-corrections.ts'
import { nearTraining } from './scores/near-training.ts'
import { exportFrequencies, frequencyStatus, useFrequencies } from './scores/frequency-tables.ts'
import { keepEarlier } from './photos/replaced-photos.ts'
import { imageDetail } from './review/image-detail.ts'
import { listExports } from './export/recorded-exports.ts'
import { importTitle } from './import/import-title.ts'
import { previewImport } from './import/preview.ts'
import { arrangeImages } from './labels/arranging.ts'
import { listLabels, saveLabels } from './labels/labels.ts'
import { addToList, moveInList, photoLists, removeList, renameList, takeFromList } from './lists/photo-lists.ts'
import { workFigures } from './figures/work-figures.ts'
import { changeTexts, previewChanges } from './text-changes/text-changes.ts'
import { workTable } from './figures/work-table.ts'
import type { JobQueue } from './job-queue.ts'
import type { WorkspaceLayout } from './storage/layout.ts'
import { inSlices } from './slices.ts'
import { saveElsewhere } from './storage/save-elsewhere.ts'
import type { LiveScores } from './scores/live-scores.ts'
import { modelCard, copyPackage, summarize, type PackageReader } from './models/model-catalog.ts'
import { removeOrphanedCheckpoints } from './models/orphaned-checkpoints.ts'
import { removeImages } from './review/removal.ts'
import { currentDocumentFrequencyId, renewEditedFrequencies } from './repositories/document-frequencies.ts'
import { imageRoots } from './repositories/images.ts'
import type { Side } from './repositories/actions.ts'
import { caseAnswers } from './cases/answers.ts'
import { failureAnswers } from './failures/answers.ts'
import { voteAnswers } from './votes/answers.ts'
import { currentGuidelines, guidelinesHistory, saveGuidelines } from './repositories/guidelines.ts'
import { clearFinishedJobs } from './repositories/jobs.ts'
import { libraryFacets } from './repositories/library-facets.ts'
import { libraryIds, libraryRows } from './repositories/library.ts'
import { getModel, getPackage, listEvaluations, listModels, listPromotions, numberInView, promotedModel, promoteModel } from './repositories/models.ts'
import { captionsWanted } from './repositories/properties.ts'
import { projectWords } from './repositories/project-words.ts'
import { listRegions } from './repositories/regions.ts'
import { exportSnapshot, importSnapshot } from './snapshots/exchange.ts'
import { createSnapshot, getSnapshot, listSnapshots, previewSnapshot } from './repositories/snapshots.ts'
import { trainingCurve } from './repositories/training.ts'
import { trainingEvents } from './models/training-events.ts'
import type { Completions } from './writing/completions.ts'
import type { WorkspaceSpelling } from './writing/spelling.ts'
import { decide, decideMany, mark, saveDraft, turn, undoState } from './review/reviewing.ts'
import { askForCaptions } from './review/captions-wanted.ts'
import { addReference, correctReference, putReferenceBack, setReferenceAside } from './review/reference-editing.ts'
import { changeRegion, drawRegion, removeRegion } from './review/region-editing.ts'
import type { ReviewContext } from './review/review-context.ts'
import { countStates } from './repositories/reviews.ts'

export interface VerbContext {
  database: Database
  layout: WorkspaceLayout
  packages: PackageReader
  leftOut: readonly LeftOutModel[]
  author(): string
  now(): string
  notify(event: WorkspaceEvent): void
  live: LiveScores
  completions: Completions
  spelling: WorkspaceSpelling
  spellingChoice(): SpellingChoice
  jobs: JobQueue
  /** All of it is in another folder now. */
  savedElsewhere(): void
}

/** One function for each verb. */
export function workspaceVerbs(context: VerbContext): Answers<'workspace'> {
  const { database, layout, packages, live, completions, spelling, jobs } = context
  const changed = (...what: ChangedThing[]): void => context.notify({ kind: 'changed', what })
  const review = (): ReviewContext => ({ database, author: context.author(), time: context.now() })
  const promoted = (): string | null => promotedModel(database)?.id ?? null
  const summary = (modelId: string): ModelSummary => summarize(getModel(database, modelId), listEvaluations(database), promoted())
  const turned = (side: Side): VerbResult<'review.undo'> => {
    const result = turn(review(), side)
    live.forget() // it may have been about references
    if (result !== null) changed('reviews')
    return result
  }
  const listed = (list: PhotoList): PhotoList => {
    changed('lists')
    return list
  }
  /** After a change of references: what is scored and spelled by them follows. */
  const edited = (change: () => void): null => {
    change()
    live.forget()
    spelling.forget()
    changed('reviews', 'scores')
    return null
  }
  const promote = (modelId: string): ModelSummary => {
    promoteModel(database, modelId, context.author(), context.now())
    changed('models')
    return summary(modelId)
  }
  return {
    'workspace.saveElsewhere': async ({ folder }) => {
      const saved = await saveElsewhere(database, layout, folder)
      context.savedElsewhere()
      return saved
    },

    'imports.preview': (source) => previewImport(database, source),
    'imports.start': (source) => jobs.enqueue(importTitle(source), { kind: 'import', source }),

    'library.facets': (asked) => inSlices(libraryFacets(database, asked?.filter ?? anyFilter, numberInView(database, asked?.filter.modelId ?? null))),
    'library.ids': async ({ filter, sort }) => {
      if (filter.unknownWords) await spelling.mark()
      return libraryIds(database, filter, sort, numberInView(database, filter.modelId))
    },
    'library.rows': ({ imageIds, modelId, metric }) => libraryRows(database, imageIds, numberInView(database, modelId), metric),
    'images.get': ({ imageId }) => imageDetail(database, imageId, promoted()),
    'images.remove': ({ imageIds }) => {
      const outcome = removeImages(database, imageIds, context.now())
      live.forget()
      completions.forget()
      if (outcome.removed > 0) changed('images', 'scores', 'reviews')
      return outcome
    },

    'images.arrange': (wanted) => {
      const count = arrangeImages(review(), wanted)
      if (count > 0) changed('images', 'reviews')
      return { changed: count }
    },

    'texts.preview': async (asked) => {
      if (asked.scope.filter?.unknownWords === true) await spelling.mark()
      return previewChanges(database, asked)
    },
    'texts.change': (wanted) => {
      const outcome = changeTexts(review(), wanted)
      completions.forget()
      if (outcome.changed > 0) changed('reviews')
      return outcome
    },

    'work.figures': (query) => workFigures(database, query, context.now()),
    'work.export': async ({ file, replace, ...query }) => {
      await writeOutput(file, workTable(workFigures(database, query, context.now())), { imageRoots: imageRoots(database), replace })
      return null
    },

    'lists.list': () => photoLists(database),
    'lists.add': (added) => listed(addToList(review(), added)),
    'lists.takeOut': (taken) => listed(takeFromList(database, taken)),
    'lists.move': (moved) => listed(moveInList(database, moved)),
    'lists.rename': (renamed) => listed(renameList(database, renamed)),
    'lists.remove': ({ listId }) => {
      removeList(database, listId)
      changed('lists')
      return null
    },

    'labels.list': () => listLabels(database),
    'labels.save': ({ kind, labels }) => {
      const saved = saveLabels(database, kind, labels)
      changed('labels')
      return saved
    },

    'regions.list': ({ imageId }) => listRegions(database, imageId),
    'regions.add': (drawn) => drawRegion(review(), drawn),
    'regions.change': (change) => changeRegion(review(), change),
    'regions.remove': ({ regionId }) => {
      removeRegion(review(), regionId)
      return null
    },

    'references.add': (added) => edited(() => addReference(review(), added)),
    'references.correct': ({ referenceId, text }) => edited(() => correctReference(review(), referenceId, text)),
    'references.setAside': ({ referenceId }) => edited(() => setReferenceAside(review(), referenceId)),
    'references.putBack': ({ referenceId }) => edited(() => putReferenceBack(review(), referenceId)),

    'review.saveDraft': (draft) => saveDraft(review(), draft),
    'review.decide': ({ expectedRevision, decision, ...place }) => {
      const decided = decide(review(), place, expectedRevision, decision)
      if (decision.kind === 'correct') completions.learn(decision.text)
      return decided
    },
    'review.mark': (marks) => mark(review(), marks),
    'review.decideMany': (decision) => {
      const count = decideMany(review(), decision, numberInView(database, null))
      if (count > 0) changed('reviews')
      return { changed: count }
    },
    'review.keepEarlier': ({ imageIds }) => {
      const kept = keepEarlier(review(), imageIds)
      if (kept > 0) changed('images', 'captions', 'scores', 'reviews')
      return { kept }
    },
    'review.countStates': ({ imageIds }) => countStates(database, imageIds),
    'review.undo': () => turned('undo'),
    'review.redo': () => turned('redo'),
    'review.undoState': () => undoState(database),

    'project.get': () => ({ captionsWanted: captionsWanted(database) }),
    'project.set': (change) => {
      if (change.captionsWanted !== undefined) askForCaptions(database, change.captionsWanted)
      changed('reviews')
      return { captionsWanted: captionsWanted(database) }
    },

    'writing.complete': ({ imageId, before }) => completions.complete(imageId, before, promoted()),
    'writing.check': ({ text }) => spelling.check(text),
    'writing.suggest': ({ word }) => spelling.suggest(word),
    'writing.words': () => projectWords(database),
    'writing.addWord': ({ word }) => {
      spelling.addWord(word, context.author(), context.now())
      changed('reviews')
      return null
    },
    'writing.removeWord': ({ word }) => {
      spelling.removeWord(word)
      changed('reviews')
      return null
    },
    'writing.dictionaries': () => listDictionaries(context.spellingChoice().folder),

    'guidelines.get': () => currentGuidelines(database),
    'guidelines.history': () => guidelinesHistory(database),
    'guidelines.save': (edited) => {
      const saved = saveGuidelines(database, edited, context.author(), context.now())
      changed('guidelines')
      return saved
    },

    'scores.live': ({ imageId, text }) => live.score(imageId, text, currentDocumentFrequencyId(database, promoted())),
    'scores.explain': ({ imageId, text }) => live.explain(imageId, text, currentDocumentFrequencyId(database, promoted())),
    'scores.nearTraining': ({ imageId, text }) => nearTraining(database, imageId, text),
    'scores.start': (asked) => {
      renewEditedFrequencies(database, context.now())
      return jobs.enqueue(`Score ${getModel(database, asked.modelId).name} on ${asked.set}`, { kind: 'score', ...asked })
    },
    'scores.evaluations': () => listEvaluations(database),
    'scores.differences': (query) => compareCorpora(database, query),
    'scores.table': () => {
      renewEditedFrequencies(database, context.now())
      return frequencyStatus(database, promoted())
    },
    'scores.exportTable': ({ file, replace }) => exportFrequencies(database, promoted(), requireOutput(file, { imageRoots: imageRoots(database), replace })),
    'scores.useTable': async ({ file }) => {
      await useFrequencies(database, file, context.now())
      return frequencyStatus(database, promoted())
    },

    ...failureAnswers(database, jobs, review),
    ...voteAnswers(database, review, () => changed('votes')),
    ...caseAnswers(database, review, (...what) => changed('cases', ...what)),

    'captioning.start': async ({ modelId, scope, beam, again }) => {
      if (scope.filter?.unknownWords === true) await spelling.mark()
      return jobs.enqueue(`Caption with ${getPackage(database, modelId).name}`, { kind: 'caption', modelId, scope, beam, again })
    },

    'embeddings.start': ({ encoderId }) => jobs.enqueue(`Embed photos with ${encoderId}`, { kind: 'embed', encoderId }),

    'snapshots.preview': () => previewSnapshot(database),
    'snapshots.create': ({ name, heldOut }) => {
      const snapshot = createSnapshot(database, name, heldOut, context.now())
      changed('snapshots')
      return snapshot
    },
    'snapshots.list': () => listSnapshots(database),
    'snapshots.export': ({ snapshotId, file, replace }) =>
      exportSnapshot(database, snapshotId, requireOutput(file, { imageRoots: imageRoots(database), replace })),
    'snapshots.import': async ({ file }) => {
      const imported = await importSnapshot(database, file, context.now())
      changed('snapshots')
      return imported
    },

    'training.start': (input) => {
      renewEditedFrequencies(database, context.now())
      return startTraining(database, jobs, input)
    },
    'training.curve': ({ jobId }) => trainingCurve(database, jobId),
    'training.exportEvents': async ({ jobId, file }) => {
      // The dialog for saving has asked about what is there.
      await writeOutput(file, trainingEvents(trainingCurve(database, jobId), Date.parse(context.now()) / 1000), {
        imageRoots: imageRoots(database),
        replace: true,
      })
      return null
    },

    'models.list': () => {
      const evaluations = listEvaluations(database)
      return listModels(database).map((model) => summarize(model, evaluations, promoted()))
    },
    'models.leftOut': () => [...context.leftOut],
    'models.card': ({ modelId }) => modelCard(getModel(database, modelId)),
    'models.add': async ({ folder }) => {
      const modelId = await copyPackage(database, packages, { folder, modelsFolder: layout.models }, context.now())
      changed('models')
      return summary(modelId)
    },
    'models.promote': ({ modelId }) => promote(modelId),
    'models.rollBack': () => {
      const previous = listPromotions(database)[0]?.previousModelId
      if (previous === undefined || previous === null) {
        throw new AppError('not-found', 'No other model was promoted before.', { kept: 'The promoted model stays.', todo: 'Promote a model from the list.' })
      }
      return promote(previous)
    },
    'models.exportOnnx': ({ modelId, folder }) => {
      const { name } = getPackage(database, modelId)
      requireOutput(folder, { replace: false })
      return jobs.enqueue(`Export ${name} as ONNX`, { kind: 'export-onnx', modelId, folder })
    },
    'models.promotions': () => listPromotions(database),
    'models.compare': (query) => compareModels(database, query),

    'experiments.list': () => listExperiments(layout.experiments),
    'experiments.get': ({ experiment }) => viewExperiment(layout.experiments, experiment),
    'experiments.table': ({ experiment }) => experimentTable(layout.experiments, experiment),
    'experiments.start': (start) => runExperiment(jobs, experimentId(start.name), start),
    'experiments.resume': ({ experiment }) => runExperiment(jobs, experiment, null),

    'cluster.look': ({ folder }) => lookAtWork(folder),
    'cluster.follow': async ({ folder, modelName }) => {
      await readRecord(folder)
      return jobs.enqueue(`Cluster work in ${basename(folder)}`, { kind: 'cluster', folder, modelName })
    },

    'jobs.list': () => jobs.list(),
    'jobs.failures': ({ jobId }) => jobs.failures(jobId),
    'jobs.clearFinished': async () => {
      clearFinishedJobs(database)
      await removeOrphanedCheckpoints(layout.training, jobs.list())
      return null
    },
    'exports.start': async (settings) => {
      if (settings.scope.filter?.unknownWords === true) await spelling.mark()
      requireOutput(settings.file, { imageRoots: imageRoots(database), replace: settings.replace })
      return jobs.enqueue(`Export ${settings.what} to ${basename(settings.file)}`, { kind: 'export', ...settings })
    },
    'exports.list': () => listExports(database),
    'reports.start': (settings) => {
      requireOutput(settings.file, { imageRoots: imageRoots(database), replace: settings.replace })
      return jobs.enqueue(`Write the report ${basename(settings.file)}`, { kind: 'report', ...settings })
    },
  }
}

function startTraining(database: Database, jobs: JobQueue, { parentModelId, snapshotId, name, recipe }: VerbParsed<'training.start'>): Job {
  getPackage(database, parentModelId)
  requireCorrections(getSnapshot(database, snapshotId))
  return jobs.enqueue(`Fine-tune ${name}`, { kind: 'train', parentModelId, snapshotId, name, recipe })
}
