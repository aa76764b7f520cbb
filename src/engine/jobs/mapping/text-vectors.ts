/** Captions, or what they say beyond and short of their references, as vectors: by their words, or by an encoder's text tower. */
import type { JobContext } from '#shared/jobs.ts'
import { differenceRows, textRows } from '#engine/projection/word-vectors.ts'
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
  const { images, texts, references } = await textsOf(database, basis, set, context)
  const captions = texts.map(tokenize)
  if (basis === 'captions') return { images, rows: textRows(captions), centred: false, direction: true }
  return {
    images,
    rows: differenceRows(
      captions,
      references.map((own) => own.map(tokenize)),
    ),
    centred: false,
    direction: false,
  }
}

/** By an encoder's text tower. @throws AppError as openTextEncoder: `unavailable` without one */
export async function encodedTexts(database: Database, basis: TextBasis, set: SetOfImages & { encoder: string }, context: JobContext): Promise<Vectors> {
  const tower = await openTextEncoder(set.encoder)
  try {
    const { images, texts, references } = await textsOf(database, basis, set, context)
    const { width } = tower
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

/** References are read for differences alone; an image without any is left out of these. */
async function textsOf(
  database: Database,
  basis: TextBasis,
  { mapped, images }: SetOfImages,
  context: JobContext,
): Promise<{ images: number[]; texts: string[]; references: string[][] }> {
  const found: { images: number[]; texts: string[]; references: string[][] } = { images: [], texts: [], references: [] }
  for (let first = 0; first < images.length; first += imagesAtOnce) {
    await context.unpaused()
    throwIfCancelled(context)
    const ids = images.slice(first, first + imagesAtOnce)
    const references = basis === 'captions' ? null : referencesOf(database, mapped.set, ids)
    for (const { imageId, text } of captionsOf(database, mapped, ids)) {
      const own = references?.get(imageId)
      if (references !== null && own === undefined) continue
      found.images.push(imageId)
      found.texts.push(text)
      if (own !== undefined) found.references.push(own)
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
  return found
}
