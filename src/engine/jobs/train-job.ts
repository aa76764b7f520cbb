/** Fine-tuning: a snapshot and a parent in; a model package, its curve, and both models' scores on both domains out. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { EvaluationSet } from '#shared/domain.ts'
import type { JobContext, JobFunction, JobInputOf, JobResult } from '#shared/jobs.ts'
import type { ModelPackage } from '../models/model-package.ts'
import type { Database } from '#engine/workspace/storage/database.ts'
import { judgedImages } from '#engine/workspace/scores/image-sets.ts'
import { workspaceLayout } from '#engine/workspace/storage/layout.ts'
import { currentDocumentFrequencyId, loadStoredDocumentFrequency } from '../workspace/repositories/document-frequencies.ts'
import { getImages } from '../workspace/repositories/images.ts'
import { getSnapshot, snapshotContents, snapshotItems, unlabelledImages } from '../workspace/repositories/snapshots.ts'
import type { ModelFeatures } from '#engine/captioning/model-features.ts'
import { ensureImageFeatures, openModel, openSeeing } from '#engine/library-captioning/stored-model.ts'
import { fineTuningTexts, imagesOf, type FineTuningTexts } from '#engine/fine-tuning/fine-tuning-data.ts'
import { settledRecipe } from '#engine/fine-tuning/learning-method.ts'
import { fineTuneAndJudge, type FineTuned } from '#engine/fine-tuning/fine-tuned.ts'
import { correctionErrors } from '#engine/workspace/repositories/reviews.ts'
import { modelIdOf, writeFineTunedPackage } from '#engine/fine-tuning/fine-tuned-package.ts'
import { nextQueue } from './next-queue.ts'
import { withReader } from './job-reader.ts'
import { generatedReplay } from '#engine/fine-tuning/own-captions.ts'
import { findScorers } from '#engine/scoring/scorers.ts'
import { scoreSet } from '#engine/scoring/scoring.ts'

const comparedBeam = 3

export const trainJob: JobFunction<'train'> = (input, context) =>
  withReader(context, async (database) => {
    const snapshot = getSnapshot(database, input.snapshotId)
    const texts = fineTuningTexts(snapshotItems(database, input.snapshotId))
    const parent = await openModel(database, input.parentModelId)
    const { jobId, workspaceFolder } = context.environment
    const layout = workspaceLayout(workspaceFolder)
    const checkpointFolder = join(layout.training, String(jobId))

    const { run, finished, own, gate, weights, lessons, next, digests } = await learn(context, database, { input, parent, texts, checkpointFolder })
    const counts = {
      corrections: texts.corrections.size,
      replayed: run.replay.length,
      ownCaptions: own,
      heldOut: texts.heldOut.size,
      stopping: texts.stopping.size,
      joined: run.joined,
      unknown: run.unknown,
    }
    const learned = { snapshotId: snapshot.id, steps: finished.step, corrections: counts.corrections }
    const told = { gate: JSON.stringify(gate), lessons: JSON.stringify(lessons), next: JSON.stringify(next) }
    const done = finished.step
    if (gate.verdict === 'worse') {
      await rm(checkpointFolder, { recursive: true, force: true })
      context.progress({ done, total: done, unit: 'steps', message: `No new model: ${gate.reason}` })
      return { ...learned, ...told, kept: input.parentModelId }
    }
    const { start } = run
    const { id, folder } = await writeFineTunedPackage(layout.models, {
      id: modelIdOf(input.name, jobId),
      name: input.name,
      parent,
      start,
      data: snapshot,
      recipe: input.recipe,
      finished: { ...finished, weights },
      gate,
      digests,
      counts,
    })
    await context.emit({ kind: 'model', modelId: id, folder, parentId: input.parentModelId, snapshotId: snapshot.id })

    const result: JobResult = { modelId: id, ...learned, ...told }
    // Ended by hand: what there is was kept; scoring can be asked for at any time.
    if (!context.signal.aborted) await judgeBoth(context, database, [input.parentModelId, id])
    // Last of all: a run killed while it is judged goes on from its final checkpoint.
    await rm(checkpointFolder, { recursive: true, force: true })
    context.progress({ done, total: done, unit: 'steps', message: `Made the model ${input.name}. ${gate.reason}` })
    return result
  })

interface Learning {
  input: JobInputOf<'train'>
  parent: ModelPackage
  texts: FineTuningTexts
  checkpointFolder: string
}

interface Seeing {
  seeing: ModelFeatures
  /** SHA-256 of the snapshot's photos. */
  contents: ReadonlyMap<number, string>
}

async function learn(context: JobContext, database: Database, learning: Learning): Promise<FineTuned & { own: number; next: number[] }> {
  const { input, parent, texts: stored, checkpointFolder } = learning
  const seeing = await openSeeing(context, parent)
  const frozen = { seeing, contents: snapshotContents(database, input.snapshotId) }
  try {
    const own = await generatedReplay(context, {
      recipe: settledRecipe(input.recipe, parent.manifest),
      parent,
      features: seeing.features,
      texts: stored,
      unlabelled: unlabelledImages(database, input.snapshotId),
      keysOf: (imageIds) => featuresOf(context, database, frozen, imageIds),
      folder: checkpointFolder,
    })
    const replay = new Map([...(input.recipe.replaySource === 'own' ? [] : stored.replay), ...own])
    const texts = { ...stored, replay }
    const keys = await featuresOf(context, database, frozen, imagesOf(texts))
    const tableId = currentDocumentFrequencyId(database, input.parentModelId, parent.vocabulary.tokenizer)
    const fineTuned = await fineTuneAndJudge(context, {
      recipe: input.recipe,
      parent,
      texts,
      keys,
      features: seeing.features,
      documentFrequency: tableId === null ? await parent.documentFrequency() : loadStoredDocumentFrequency(database, tableId),
      checkpointFolder,
      errors: correctionErrors(database, [...texts.corrections.keys(), ...texts.heldOut.keys(), ...texts.stopping.keys()]),
    })
    const next = context.signal.aborted ? [] : await nextQueue(context, database, seeing, fineTuned)
    return { ...fineTuned, own: own.size, next }
  } finally {
    await seeing.close()
  }
}

/** Of the photos as they were frozen: one that was replaced since is told as a failure where its features are not kept. */
async function featuresOf(context: JobContext, database: Database, { seeing, contents }: Seeing, imageIds: readonly number[]): Promise<Map<number, string>> {
  const images = getImages(database, imageIds).map((image) => ({ ...image, contentHash: contents.get(image.id) ?? image.contentHash }))
  return ensureImageFeatures(context, seeing, images, (done) => context.progress({ done, total: images.length, unit: 'images', message: 'Preparing images' }))
}

/** Old domain and new, before and after: what the promotion gate shows. Sets without anything to judge by are left out. */
async function judgeBoth(context: JobContext, database: Database, modelIds: readonly string[]): Promise<void> {
  const sets: EvaluationSet[] = ['held-out corrections', 'dev']
  const scorers = await findScorers(context)
  for (const set of sets.filter((each) => judgedImages(database, each).length > 0)) {
    for (const modelId of modelIds) await scoreSet(context, database, { modelId, set, beam: comparedBeam, scorers })
  }
}
