/** Captions, or what they say beyond and short of their references, as vectors: by their words, or by an encoder's text tower. */
import type { JobContext } from '#shared/jobs.ts'
import { createWordVectors } from '#engine/projection/word-vectors.ts'
import { rowsOf } from '#engine/projection/rows.ts'
import { throwIfCancelled } from '#engine/runtime/job-runtime.ts'
import { tokenize } from '#engine/text/simple-tokenizer.ts'
import { openTextEncoder, type TextEncoder } from '#engine/vision/encoders/text-encoder.ts'
import { scaleToLengthOne } from '#engine/vision/search/embedding-search.ts'
import { captionsOf, referencesOf, type MappedSet } from '#engine/workspace/failures/maps/mapped-images.ts'
import type { Database } from '#engine/workspace/storage/database.ts'
import type { Vectors } from './vectors.ts'

type TextBasis = 'captions' | 'differences'
interface SetOfImages {
  mapped: MappedSet
  images: readonly number[]
}

/** Images between two looks at pause and cancel. */
const imagesAtOnce = 1000
const textsAtOnce = 64

/** By words: needs no encoder. */
export async function wordsOfTexts(database: Database, basis: TextBasis, set: SetOfImages, context: JobContext): Promise<Vectors> {
  const words = createWordVectors()
  const images: number[] = []
  await eachText(database, basis, set, context, (imageId, text, references) => {
    images.push(imageId)
    words.add(tokenize(text), references.map(tokenize))
  })
  return { images, rows: words.rows(), centred: false, direction: basis === 'captions' }
}

/** By an encoder's text tower. @throws AppError as openTextEncoder: `unavailable` without one */
export async function encodedTexts(database: Database, basis: TextBasis, set: SetOfImages & { encoder: string }, context: JobContext): Promise<Vectors> {
  const tower = await openTextEncoder(set.encoder)
  try {
    const { width } = tower
    const images: number[] = []
    const texts: string[] = []
    const references: string[][] = []
    await eachText(database, basis, set, context, (imageId, text, own) => {
      images.push(imageId)
      texts.push(text)
      references.push(own)
    })
    const places = await embedded(tower, [...texts, ...references.flat()], context)
    const vectorOf = (text: string): Float32Array => places.vectors.subarray((places.of.get(text) ?? 0) * width, ((places.of.get(text) ?? 0) + 1) * width)
    const values = new Float32Array(images.length * width)
    texts.forEach((text, row) => {
      const vector = values.subarray(row * width, (row + 1) * width)
      vector.set(vectorOf(text))
      const own = references[row] ?? []
      for (const reference of own) vectorOf(reference).forEach((value, column) => (vector[column] -= value / own.length))
    })
    const captions = basis === 'captions'
    return { images, rows: rowsOf({ values, size: images.length, width }), centred: captions, direction: captions }
  } finally {
    await tower.close()
  }
}

/** Each text once, of length 1. */
async function embedded(tower: TextEncoder, texts: readonly string[], context: JobContext): Promise<{ of: Map<string, number>; vectors: Float32Array }> {
  const distinct = [...new Set(texts)]
  const vectors = new Float32Array(distinct.length * tower.width)
  for (let first = 0; first < distinct.length; first += textsAtOnce) {
    await context.unpaused()
    throwIfCancelled(context)
    const part = await tower.embed(distinct.slice(first, first + textsAtOnce))
    for (let at = 0; at < part.length; at += tower.width) scaleToLengthOne(part.subarray(at, at + tower.width))
    vectors.set(part, first * tower.width)
    context.progress({ done: first, total: distinct.length, unit: 'texts', message: 'Reading texts' })
  }
  return { of: new Map(distinct.map((text, place) => [text, place])), vectors }
}

/** Tells each image's caption, for differences with the references that it is judged by; an image without any is left out of these. */
async function eachText(
  database: Database,
  basis: TextBasis,
  { mapped, images }: SetOfImages,
  context: JobContext,
  tell: (imageId: number, text: string, references: string[]) => void,
): Promise<void> {
  for (let first = 0; first < images.length; first += imagesAtOnce) {
    context.progress({ done: first, total: images.length, unit: 'images', message: 'Reading texts' })
    const ids = images.slice(first, first + imagesAtOnce)
    const references = basis === 'captions' ? null : referencesOf(database, mapped.set, ids)
    for (const { imageId, text } of captionsOf(database, mapped, ids)) {
      const own = references === null ? [] : references.get(imageId)
      if (own !== undefined) tell(imageId, text, own)
    }
    await new Promise((resolve) => setImmediate(resolve))
    await context.unpaused()
    throwIfCancelled(context)
  }
}
