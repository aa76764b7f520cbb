/** Labels for photos from a list of words, without training: each word in sentences, compared with the photo (Radford et al. 2021, §3.1.4). */
import { AppError } from '#shared/errors.ts'
import { scaleToLengthOne } from './embedding-search.ts'
import type { TextEncoder } from '../encoders/text-encoder.ts'

/** The seven of CLIP's eighty sentences for ImageNet that its authors found to do as well as all of them. */
export const clipPromptTemplates: readonly string[] = [
  'itap of a {}.',
  'a bad photo of the {}.',
  'a origami {}.',
  'a photo of the large {}.',
  'a {} in a video game.',
  'art of the {}.',
  'a photo of the small {}.',
]

/** What every published CLIP multiplies cosines by before the softmax: its learned temperature, which training limits to 100. */
const logitScale = 100

export interface Labels {
  readonly words: readonly string[]
  /** [words, width], each of length 1 */
  readonly vectors: Float32Array
  readonly width: number
}

export interface LabelScore {
  word: string
  /** share among the words; all together 1 */
  probability: number
  /** cosine of the photo to the word's sentences */
  similarity: number
}

/** The words of a list, without the blanks around them. Throws AppError `bad-input` for an empty list, or saying which word is empty. */
export function labelWords(words: readonly string[]): string[] {
  const trimmed = words.map((word) => word.trim())
  if (trimmed.every((word) => word === '')) throw new AppError('bad-input', 'There is no word to label with.', { todo: 'Give one word or more.' })
  const empty = trimmed.indexOf('')
  if (empty < 0) return trimmed
  const neighbour = empty === 0 ? `before “${trimmed.find((word) => word !== '') ?? ''}”` : `after “${trimmed[empty - 1]}”`
  throw new AppError('bad-input', `Word ${empty + 1} of the ${trimmed.length} labels, ${neighbour}, is empty.`, {
    todo: 'Write a word there, or take out the comma too many.',
  })
}

/** A vector a word: the mean over its sentences, each of length 1. Throws AppError `bad-input` for an empty list or word, or a template without `{}`. */
export async function embedLabels(texts: TextEncoder, list: readonly string[], templates: readonly string[] = clipPromptTemplates): Promise<Labels> {
  const words = labelWords(list)
  const unfit = templates.find((template) => !template.includes('{}'))
  if (templates.length === 0 || unfit !== undefined)
    throw new AppError('bad-input', `The sentence “${unfit ?? ''}” has no place for the word.`, { todo: 'Write {} where the word belongs.' })
  const { width } = texts
  const sentences = words.flatMap((word) => templates.map((template) => template.replaceAll('{}', word)))
  const embedded = await texts.embed(sentences)
  const vectors = new Float32Array(words.length * width)
  for (let word = 0; word < words.length; word++) {
    const mean = vectors.subarray(word * width, (word + 1) * width)
    for (let template = 0; template < templates.length; template++) {
      const place = (word * templates.length + template) * width
      const sentence = scaleToLengthOne(embedded.slice(place, place + width))
      for (let channel = 0; channel < width; channel++) mean[channel] += sentence[channel]
    }
    scaleToLengthOne(mean)
  }
  return { words: list, vectors, width }
}

/** A photo's labels, likeliest first; `photo` is its embedding, of any length. */
export function scoreLabels({ words, vectors, width }: Labels, photo: Float32Array): LabelScore[] {
  if (photo.length !== width) throw new AppError('internal', `An embedding of ${photo.length} values does not fit labels of ${width}.`)
  const unit = scaleToLengthOne(Float32Array.from(photo))
  const similarities = words.map((_, word) => {
    let sum = 0
    for (let channel = 0; channel < width; channel++) sum += unit[channel] * vectors[word * width + channel]
    return sum
  })
  const largest = Math.max(...similarities)
  const weights = similarities.map((similarity) => Math.exp(logitScale * (similarity - largest)))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return words
    .map((word, index) => ({ word, probability: weights[index] / total, similarity: similarities[index] }))
    .sort((a, b) => b.probability - a.probability)
}
