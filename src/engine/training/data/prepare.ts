/** From captioned photos and cached features to what a training run is given. */
import type { GridFeatureSource, VisualGrid } from '#engine/captioning/feature-source.ts'
import type { Captioner, CaptionerConfig } from '#engine/captioners/captioner.ts'
import { createCaptioner } from '#engine/captioners/create-captioner.ts'
import { encodeCaption, buildVocabulary, type Vocabulary } from '#engine/text/vocabulary.ts'
import { AppError, assertNever } from '#shared/errors.ts'
import type { TrainingExample } from './batches.ts'
import type { CaptionedImage } from '#engine/datasets/captioned-photos.ts'
import type { EvaluationImage } from '../loop/evaluate-captions.ts'
import type { TrainingRecipe } from '../runs/recipe.ts'

/** What of a feature source decides a captioner's shape. */
export type VisualShape = Pick<GridFeatureSource, 'featureWidth' | 'visualTokens' | 'grid' | 'readRegionsInto'>

export interface PreparedTraining {
  captioner: Captioner
  vocabulary: Vocabulary
  examples: TrainingExample[]
}

/**
 * The vocabulary of the training captions, a captioner of the recipe's size, and the examples. `hashes` gives the feature key of each photo by path.
 * @throws AppError `too-little-data`
 */
export function prepareTraining(
  images: readonly CaptionedImage[],
  hashes: ReadonlyMap<string, string>,
  features: GridFeatureSource,
  recipe: TrainingRecipe,
): PreparedTraining {
  const vocabulary = buildVocabulary(
    images.flatMap(({ captions }) => captions),
    recipe.minimumCount,
  )
  const examples = trainingExamples(images, hashes, vocabulary)
  if (examples.length === 0) {
    throw new AppError('too-little-data', 'None of the listed photos has both features and a caption.', { todo: 'Check the image folder.' })
  }
  const captioner = createCaptioner(captionerConfig(recipe, features, vocabulary.words.length))
  return { captioner, vocabulary, examples }
}

/** The photos that have features and captions. */
export function trainingExamples(images: readonly CaptionedImage[], hashes: ReadonlyMap<string, string>, vocabulary: Vocabulary): TrainingExample[] {
  return images.flatMap(({ path, captions, weight = 1 }): TrainingExample[] => {
    const key = hashes.get(path)
    const encoded = captions.map((caption) => encodeCaption(vocabulary, caption)).filter((ids) => ids.length > 0)
    return key === undefined || encoded.length === 0 ? [] : [{ key, captions: encoded, weight, oneWay: captions.some(tellsSides) }]
  })
}

function tellsSides(caption: string): boolean {
  return /\b(?:left|right)\b/i.test(caption)
}

/**
 * The recipe's captioner with what the data decides; over regions where the features are those of regions.
 * @throws AppError `bad-input` where it needs the cells of a grid and the features have none
 */
export function captionerConfig({ captioner, maximumWords }: TrainingRecipe, features: VisualShape, words: number): CaptionerConfig {
  const { visualPositions, ...chosen } = captioner
  const { featureWidth, visualTokens } = features
  const regions = features.readRegionsInto !== undefined
  // Regions have no order that a learned position could stand for.
  const filled = { featureWidth, words, maximumWords, visualPositions: visualPositions && !regions ? visualTokens : 0 }
  switch (chosen.architecture) {
    case 'transformer':
      return { ...chosen, ...filled, ...(regions && { regions: 'masked' as const }) }
    case 'object-relation':
    case 'geometry-aware':
      return { ...chosen, ...filled, boxes: regions ? { kind: 'regions' } : { kind: 'cells', ...gridOf(features) } }
    default:
      return assertNever(chosen)
  }
}

function gridOf({ grid }: VisualShape): VisualGrid {
  if (grid !== undefined) return grid
  throw new AppError('bad-input', 'This captioner compares the places of visual tokens, and these features have no grid.', {
    todo: 'Choose the Transformer, or another encoder.',
  })
}

/** A photo to judge by, and where it is. */
export type JudgedImage = EvaluationImage & { readonly path: string }

/** Photos to judge by: those with features and references. */
export function evaluationImages(images: readonly CaptionedImage[], hashes: ReadonlyMap<string, string>): JudgedImage[] {
  return images.flatMap(({ path, captions }) => {
    const key = hashes.get(path)
    return key === undefined || captions.length === 0 ? [] : [{ key, references: captions, path }]
  })
}
