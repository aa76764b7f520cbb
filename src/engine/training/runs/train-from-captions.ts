/** A whole training run from captioned photos to a model package: features, vocabulary, one stage after the other, dev scores, model card. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { Captioner, Weights } from '#engine/captioners/captioner.ts'
import { createCaptioner } from '#engine/captioners/create-captioner.ts'
import type { ModelPackage } from '#engine/models/model-package.ts'
import { writeScenes } from '#engine/scenes/write-scenes.ts'
import type { Vocabulary } from '#engine/text/vocabulary.ts'
import { openEncoder, type Encoder } from '#engine/vision/encoders/encoder.ts'
import { readInstanceRegions } from '#engine/vision/regions/region-boxes.ts'
import type { RegionBox } from '#engine/vision/regions/roi-align.ts'
import { AppError, sentence } from '#shared/errors.ts'
import { ensureBoxes, ensureFeatures, openCachedFeatures, type CachedFeatures } from '#engine/captioning/cached-features.ts'
import { readCaptionedImages, selectListed, type CaptionedImage } from '#engine/datasets/captioned-photos.ts'
import { checkLists } from '../data/check-lists.ts'
import { captionsAlone, evidenceOf, imaginedBeside } from '../data/captions-alone.ts'
import { checkpointFiles } from './checkpoint.ts'
import type { DevJudge } from '../loop/judge-dev.ts'
import { initialWeights } from '../optimiser/parameter-store.ts'
import { captionerConfig, evaluationImages, prepareTraining, trainingExamples } from '../data/prepare.ts'
import { stagesOf, type TrainingStage } from './staged-recipe.ts'
import { trainStage, type StageOutcome } from '../loop/train-stage.ts'
import type { TrainFromCaptions, TrainedFromCaptions } from './training-run.ts'
import { writeTrained } from './write-trained.ts'

/** Beam widths of the scores that a package and its card report. */
const reportedBeams = [1, 3]

/** Runs it all. Throws what the parts throw; a run that was stopped goes on from its checkpoints with `resume`. */
export async function trainFromCaptions(run: TrainFromCaptions): Promise<TrainedFromCaptions> {
  const { tell, signal, session } = run
  const stages = stagesOf(run.recipe)
  const [first] = stages
  checkLists(run)
  const folders = stages.map((stage, index) => (stages.length === 1 ? run.checkpointFolder : join(run.checkpointFolder, folderName(stage, index))))
  await prepareFolders(run, folders)
  const scenes = await drawnScenes(run, first)
  const imagined = await captionsAlone(run, first)
  const learned = [...run.train, ...scenes, ...imagined]
  const sets = await Promise.all(stages.map((stage) => captionsOf(stage, run, scenes)))
  const encoder = await openEncoder(run.encoderFolder, session)
  const evidence = evidenceOf(encoder, first)
  const cached = openCachedFeatures(run.featureFolder, encoder.manifest, { ...first.features, mirror: stages.some((stage) => stage.features.mirror) })
  try {
    const found = await allFeatures(run, sets, encoder, cached)
    await boxesOfRegions(run, first, sets, found, encoder, cached)
    const features = imaginedBeside(cached, imagined, { train: run.train, seed: first.imagined?.seed ?? 1, found, evidence })
    await encoder.close()
    const { vocabulary } = prepareTraining(learned, found, features, first)
    const dev = evaluationImages(run.dev, found)
    const judge: DevJudge = { vocabulary, features, dev, session, signal, tell }
    const finalJudge = run.judged === undefined ? judge : { ...judge, dev: evaluationImages(run.judged, found) }
    const judgedKeys = new Set([...dev, ...finalJudge.dev].map(({ key }) => key))
    const judgedBeams = run.judgedBeams ?? reportedBeams
    const outcomes: StageOutcome[] = []
    for (const [index, { captions, ...recipe }] of stages.entries()) {
      const folder = folders[index]
      if (run.finish && !(await wasBegun(folder))) break
      const captioner = createCaptioner(captionerConfig(recipe, features, vocabulary.words.length))
      // What is judged is never learned from, whoever lists it and whatever its file is called.
      const alone = captions === undefined ? imagined.map((image) => ({ ...image, weight: recipe.imagined?.weight ?? 1 })) : []
      const listed = trainingExamples([...sets[index], ...alone], found, vocabulary)
      const examples = listed.filter(({ key }) => !judgedKeys.has(key))
      tell.stage(stages.length === 1 ? 'training' : `stage ${index + 1} of ${stages.length}, ${recipe.name}`)
      if (examples.length < listed.length) tell.note(`left out ${listed.length - examples.length} photos to learn from: they are among those to judge by`)
      tell.note(`${examples.length} photos to learn from, ${dev.length} to judge by, ${vocabulary.words.length} words`)
      const outcome = await trainStage({
        captioner,
        start: outcomes.at(-1)?.finished.weights ?? firstWeights(run, captioner, vocabulary, recipe.seed),
        recipe,
        examples,
        features,
        judge,
        scoring: finalJudge,
        startIsTrained: index > 0 || run.parent !== undefined,
        // The last stage's weights are judged as the package stores them.
        scoredBeams: index === stages.length - 1 ? [] : judgedBeams,
        folder,
        resume: run.resume || run.finish,
        session,
        signal: run.finish ? AbortSignal.abort('keep') : signal,
        ...(run.unpaused === undefined ? {} : { unpaused: run.unpaused }),
        tell,
      })
      outcomes.push(outcome)
      if (outcome.finished.reason === 'kept') break
    }
    if (outcomes.length === 0) {
      throw new AppError('not-found', `There is no checkpoint in ${run.checkpointFolder} to finish.`, {
        kept: 'Nothing was changed.',
        todo: 'Train first, or name the right folder.',
      })
    }
    tell.stage('judging')
    return await writeTrained(run, { learned, vocabulary, features, input: encoder.manifest.input, judge: finalJudge, outcomes, judgedBeams })
  } finally {
    await cached.close()
  }
}

function folderName({ name }: TrainingStage, index: number): string {
  const words =
    name
      .normalize('NFKD')
      .toLowerCase()
      .match(/[a-z0-9]+/gu) ?? []
  return [index + 1, ...words].join('-').slice(0, 60)
}

async function wasBegun(folder: string): Promise<boolean> {
  return (await checkpointFiles(folder)).length > 0
}

/** A run that starts afresh neither mixes with the checkpoints of an earlier one nor takes them away unasked. */
async function prepareFolders({ resume, finish, replace }: TrainFromCaptions, folders: readonly string[]): Promise<void> {
  if (resume || finish) return
  for (const folder of folders) {
    if (!(await wasBegun(folder))) continue
    if (!replace) {
      throw new AppError('conflict', `There are checkpoints of an earlier run in ${folder}.`, {
        kept: 'They were not changed.',
        todo: 'Go on from them with --resume, start over with --replace, or name another folder.',
      })
    }
    await rm(folder, { recursive: true })
  }
}

/** Scenes to learn from beside the photos: drawn anew, the same each time. */
async function drawnScenes({ checkpointFolder, tell }: TrainFromCaptions, { scenes }: TrainingStage): Promise<CaptionedImage[]> {
  if (scenes === undefined) return []
  tell.stage('drawing scenes')
  const { captions, images } = await writeScenes(join(checkpointFolder, 'scenes'), scenes.count, scenes.seed)
  return readCaptionedImages(captions, images)
}

/** What a stage learns from: captions of its own, or those of the run and its scenes, which may count for less in one stage than in another. */
async function captionsOf(
  stage: TrainingStage,
  { train, recipeFolder = '.' }: TrainFromCaptions,
  scenes: readonly CaptionedImage[],
): Promise<readonly CaptionedImage[]> {
  const { captions } = stage
  if (captions === undefined) return [...train, ...scenes.map((scene) => ({ ...scene, weight: stage.scenes?.weight ?? 1 }))]
  const all = await readCaptionedImages(join(recipeFolder, captions.file), join(recipeFolder, captions.images))
  return captions.list === undefined ? all : selectListed(all, join(recipeFolder, captions.list))
}

function firstWeights({ parent }: TrainFromCaptions, captioner: Captioner, vocabulary: Vocabulary, seed: number): Weights {
  return parent === undefined ? initialWeights(captioner, seed) : inherited(parent, captioner, vocabulary)
}

/** The parent's weights. @throws AppError `conflict` where it was built for other sizes or other words */
function inherited(parent: ModelPackage, captioner: Captioner, vocabulary: Vocabulary): Weights {
  const sameSizes = isDeepStrictEqual({ ...parent.captioner.config, ...dropoutRates }, { ...captioner.config, ...dropoutRates })
  if (sameSizes && isDeepStrictEqual(parent.vocabulary.words, vocabulary.words)) return parent.weights
  throw new AppError('conflict', `The model “${parent.manifest.name}” has other ${sameSizes ? 'words' : 'sizes'} than this run.`, {
    todo: 'Train with the recipe sizes and the captions that it was trained with, or start afresh.',
  })
}

/** May differ between a model and the run that goes on from it. */
const dropoutRates = { dropout: 0, visualDropout: 0 }

/** Boxes of every photo where visual tokens are regions: those of the recipe's instances file, else the detector's. */
async function boxesOfRegions(
  { dev, judged = [], tell, signal, recipeFolder = '.' }: TrainFromCaptions,
  { features: { regions } }: TrainingStage,
  sets: readonly (readonly CaptionedImage[])[],
  found: ReadonlyMap<string, string>,
  encoder: Encoder,
  features: CachedFeatures,
): Promise<void> {
  if (regions === undefined) return
  tell.stage('boxes of regions')
  const photos = [...sets.flat(), ...dev, ...judged].flatMap(({ path, fileName }) => {
    const hash = found.get(path)
    return hash === undefined ? [] : [{ path, fileName, hash }]
  })
  if (regions.instances !== undefined) {
    const named = await readInstanceRegions(join(recipeFolder, regions.instances), encoder.manifest.input)
    const known = photos.flatMap(({ fileName, hash }): [string, readonly RegionBox[]][] => {
      const boxes = named.get(fileName)
      return boxes === undefined ? [] : [[hash, boxes]]
    })
    await features.boxes?.store.add(new Map(known), false)
  }
  await ensureBoxes(features, [...new Map(photos.map((photo) => [photo.hash, photo])).values()], encoder, { signal, onProgress: tell.progress })
}

/** Features of every photo; only photos to learn from need mirrored ones. */
async function allFeatures(
  { dev, judged = [], tell, signal }: TrainFromCaptions,
  sets: readonly (readonly CaptionedImage[])[],
  encoder: Encoder,
  { plain, mirror }: CachedFeatures,
): Promise<Map<string, string>> {
  const report = {
    signal,
    onProgress: tell.progress,
    onFailure: (path: string, reason: Parameters<typeof sentence>[0]) => tell.note(`left out ${path}: ${sentence(reason)}`),
  }
  const learnedPaths = [...new Set(sets.flatMap((images) => images.map(({ path }) => path)))]
  tell.stage('features of photos to learn from')
  const learned = await ensureFeatures(learnedPaths, encoder, mirror === undefined ? [plain] : [plain, mirror], report)
  tell.stage('features of photos to judge by')
  const judgedBy = await ensureFeatures([...new Set([...dev, ...judged].map(({ path }) => path))], encoder, [plain], report)
  return new Map([...learned, ...judgedBy])
}
