/** From captioned photos and cached features to what a training run is given. */
import { captioner as captionerOf, type Captioner } from '#engine/captioners/captioner.ts'
import { encodeCaption, buildVocabulary, type Vocabulary } from '#engine/text/vocabulary.ts'
import { AppError } from '#shared/errors.ts'
import type { FeatureSource, TrainingExample } from './batches.ts'
import type { CaptionedImage } from './caption-data.ts'
import type { EvaluationImage } from './evaluate-captions.ts'
import type { TrainingRecipe } from './recipe.ts'

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
  features: FeatureSource,
  recipe: TrainingRecipe,
): PreparedTraining {
  const vocabulary = buildVocabulary(
    images.flatMap(({ captions }) => captions),
    recipe.minimumCount,
  )
  const examples = images.flatMap(({ path, captions }): TrainingExample[] => {
    const key = hashes.get(path)
    const encoded = captions.map((caption) => encodeCaption(vocabulary, caption)).filter((ids) => ids.length > 0)
    return key === undefined || encoded.length === 0 ? [] : [{ key, captions: encoded, weight: 1 }]
  })
  if (examples.length === 0) {
    throw new AppError('too-little-data', 'None of the listed photos has both features and a caption.', { todo: 'Check the image folder.' })
  }
  const { visualPositions, ...sizes } = recipe.captioner
  const captioner = captionerOf({
    ...sizes,
    featureWidth: features.featureWidth,
    words: vocabulary.words.length,
    maximumWords: recipe.maximumWords,
    visualPositions: visualPositions ? features.visualTokens : 0,
  })
  return { captioner, vocabulary, examples }
}

/** Photos to judge by: those with features and references. */
export function evaluationImages(images: readonly CaptionedImage[], hashes: ReadonlyMap<string, string>): EvaluationImage[] {
  return images.flatMap(({ path, captions }) => {
    const key = hashes.get(path)
    return key === undefined || captions.length === 0 ? [] : [{ key, references: captions }]
  })
}
