/** Fine-tuning: a snapshot and a parent in; a model package, its curve, and both models' scores on both domains out. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { EvaluationSet } from '#shared/domain.ts'
import type { JobContext, JobFunction, JobInputOf, JobResult } from '#shared/jobs.ts'
import type { ModelPackage } from '../models/model-package.ts'
import type { Database } from '../workspace/database.ts'
import { judgedImages } from '../workspace/image-sets.ts'
import { workspaceLayout } from '../workspace/layout.ts'
import { currentDocumentFrequencyId, loadStoredDocumentFrequency } from '../workspace/repositories/document-frequencies.ts'
import { getImages } from '../workspace/repositories/images.ts'
import { getSnapshot, snapshotItems } from '../workspace/repositories/snapshots.ts'
import { ensureImageFeatures, openModel, openSeeing, type Seeing } from './captioning.ts'
import { fewestJudged, fineTune, type Finished } from './fine-tune.ts'
import { evaluationImages, fineTuningTexts, trainingExamples, unknownWords, type FineTuningTexts } from './fine-tuning-data.ts'
import { writeFineTunedPackage } from './fine-tuned-package.ts'
import { oversampling, trainingRecipe } from './fine-tuning-recipe.ts'
import { withReader } from './job-reader.ts'
import { findScorers } from './scorers.ts'
import { scoreSet } from './scoring.ts'

const pinnedImages = 8
const comparedBeam = 3

export const trainJob: JobFunction<'train'> = (input, context) =>
  withReader(context, async (database) => {
    const snapshot = getSnapshot(database, input.snapshotId)
    const texts = fineTuningTexts(snapshotItems(database, input.snapshotId))
    const parent = await openModel(database, input.parentModelId)
    const { jobId, workspaceFolder } = context.environment
    const layout = workspaceLayout(workspaceFolder)
    const checkpointFolder = join(layout.training, String(jobId))

    const finished = await learn(context, database, { input, parent, texts, checkpointFolder })
    const counts = {
      corrections: texts.corrections.size,
      replayed: texts.replay.size,
      heldOut: texts.heldOut.size,
      unknown: unknownWords(texts.corrections, parent.vocabulary),
    }
    const { id, folder } = await writeFineTunedPackage(layout.models, { jobId, name: input.name, parent, snapshot, recipe: input.recipe, finished, counts })
    await context.emit({ kind: 'model', modelId: id, folder, parentId: input.parentModelId, snapshotId: snapshot.id })

    const result: JobResult = { modelId: id, snapshotId: snapshot.id, steps: finished.step, corrections: counts.corrections }
    // Ended by hand: what there is was kept; scoring can be asked for at any time.
    if (!context.signal.aborted) await judgeBoth(context, database, [input.parentModelId, id])
    // Last of all: a run killed while it is judged goes on from its final checkpoint.
    await rm(checkpointFolder, { recursive: true, force: true })
    const done = finished.step
    context.progress({ done, total: done, unit: 'steps', message: `Made the model ${input.name}` })
    return result
  })

interface Learning {
  input: JobInputOf<'train'>
  parent: ModelPackage
  texts: FineTuningTexts
  checkpointFolder: string
}

async function learn(context: JobContext, database: Database, { input, parent, texts, checkpointFolder }: Learning): Promise<Finished> {
  const seeing = await openSeeing(context, parent)
  try {
    const keys = await featuresOf(context, database, seeing, [...texts.corrections.keys(), ...texts.heldOut.keys(), ...texts.replay.keys()])
    const corrections = trainingExamples(texts.corrections, keys, parent.vocabulary)
    const replay = trainingExamples(texts.replay, keys, parent.vocabulary)
    const judged = evaluationImages(texts.heldOut, keys)
    const examples = Array.from({ length: oversampling(input.recipe, Math.max(1, corrections.length), replay.length) }, () => corrections).flat()
    const tableId = currentDocumentFrequencyId(database, input.parentModelId, parent.vocabulary.tokenizer)
    return await fineTune(context, {
      parent,
      recipe: trainingRecipe(input.name, input.recipe, parent.manifest, examples.length, judged.length >= fewestJudged),
      examples,
      replay,
      judged,
      pinned: [...texts.heldOut.keys(), ...texts.corrections.keys()]
        .flatMap((imageId) => ({ imageId, key: keys.get(imageId) ?? '' }))
        .filter(({ key }) => key !== '')
        .slice(0, pinnedImages),
      features: seeing.features,
      documentFrequency: tableId === null ? await parent.documentFrequency() : loadStoredDocumentFrequency(database, tableId),
      checkpointFolder,
    })
  } finally {
    await seeing.close()
  }
}

async function featuresOf(context: JobContext, database: Database, seeing: Seeing, imageIds: readonly number[]): Promise<Map<number, string>> {
  const images = getImages(database, imageIds)
  return ensureImageFeatures(context, seeing, images, (done) =>
    context.progress({ done, total: images.length, unit: 'images', message: 'Preparing images' }),
  )
}

/** Old domain and new, before and after: what the promotion gate shows. Sets without anything to judge by are left out. */
async function judgeBoth(context: JobContext, database: Database, modelIds: readonly string[]): Promise<void> {
  const sets: EvaluationSet[] = ['held-out corrections', 'dev']
  const scorers = await findScorers(context)
  for (const set of sets.filter((each) => judgedImages(database, each).length > 0)) {
    for (const modelId of modelIds) await scoreSet(context, database, { modelId, set, beam: comparedBeam, scorers })
  }
}
