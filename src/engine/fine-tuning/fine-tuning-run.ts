/** From sorted texts and features to a fine-tuning run: new words join the vocabulary, corrections are shown often enough, the rest is rehearsed. */
import type { FineTuneRecipe } from '#shared/domain.ts'
import type { DocumentFrequency } from '#engine/metrics/document-frequency.ts'
import type { ModelPackage } from '#engine/models/model-package.ts'
import type { CachedFeatures } from '#engine/captioning/cached-features.ts'
import { growVocabulary } from '#engine/training/data/grow-vocabulary.ts'
import type { CorrectedPhoto, FineTuning } from './fine-tune.ts'
import { fewestJudged } from '#shared/fine-tuning.ts'
import { correctionExamples, ratingWeight } from './correction-examples.ts'
import { evaluationImages, examplesOfTexts, unknownWords, type FineTuningTexts } from './fine-tuning-data.ts'
import { oversampling, trainingStages } from './fine-tuning-recipe.ts'
import { lossCounts, methodOf, schoolingOf, settledRecipe } from './learning-method.ts'

const pinnedImages = 8

export interface FineTuningInput {
  recipe: FineTuneRecipe
  parent: ModelPackage
  texts: FineTuningTexts
  /** Feature keys by image. */
  keys: ReadonlyMap<number, string>
  features: CachedFeatures
  /** The table that held-out corrections are judged by. */
  documentFrequency: DocumentFrequency
  checkpointFolder: string
}

/** What `fineTune` is given; a function of its input alone, so that a resumed job plans the same run. */
export function fineTuningRun({ recipe: given, parent, texts, keys, features, documentFrequency, checkpointFolder }: FineTuningInput): FineTuning {
  const recipe = settledRecipe(given, parent.manifest)
  const joining = recipe.newWords === 0 ? [] : unknownWords(texts.corrections, parent.vocabulary, recipe.newWords)
  const start = growVocabulary(parent, joining)
  const corrections = correctionExamples(texts, keys, start.vocabulary, recipe)
  const replay = examplesOfTexts(texts.replay, keys, start.vocabulary, (imageId) => ratingWeight(texts.lineage.ratings.get(imageId), recipe.ratings))
  const judged = correctedPhotos(texts.heldOut, keys)
  const stopping = correctedPhotos(texts.stopping, keys)
  const examples = Array.from({ length: oversampling(recipe, Math.max(1, corrections.length), replay.length) }, () => corrections).flat()
  return {
    start,
    stages: trainingStages(recipe, { parent: parent.manifest, examples: examples.length, stoppable: stopping.length >= fewestJudged }),
    method: methodOf(given, parent.manifest),
    keep: recipe.keep,
    lossCounts: lossCounts[schoolingOf(parent.manifest)],
    examples,
    ...(joining.length > 0 && { newWords: { first: parent.vocabulary.unknownId, end: start.vocabulary.unknownId } }),
    replay,
    judged,
    stopping,
    domain: evaluationImages(texts.domain, keys),
    choosing: evaluationImages(texts.choosing, keys),
    pinned: [...texts.heldOut.keys(), ...texts.stopping.keys(), ...texts.corrections.keys()]
      .flatMap((imageId) => ({ imageId, key: keys.get(imageId) ?? '' }))
      .filter(({ key }) => key !== '')
      .slice(0, pinnedImages),
    joined: joining,
    unknown: unknownWords(texts.corrections, start.vocabulary),
    features,
    documentFrequency,
    checkpointFolder,
  }
}

function correctedPhotos(texts: ReadonlyMap<number, readonly string[]>, keys: ReadonlyMap<number, string>): CorrectedPhoto[] {
  return [...texts].flatMap(([imageId, references]) => {
    const key = keys.get(imageId)
    return key === undefined ? [] : [{ imageId, key, references }]
  })
}
