import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { indexOfVectors } from '#engine/vision/search/embedding-search.ts'
import { duplicateGroups } from '#engine/vision/search/near-duplicates.ts'
import type { TextEncoder } from '#engine/vision/encoders/text-encoder.ts'
import { clipPromptTemplates, embedLabels, scoreLabels } from '#engine/vision/search/zero-shot.ts'

function cosine(a: Float32Array, b: Float32Array): number {
  const product = (x: Float32Array, y: Float32Array): number => x.reduce((sum, value, index) => sum + value * y[index], 0)
  const lengths = Math.sqrt(product(a, a) * product(b, b))
  return lengths === 0 ? 0 : product(a, b) / lengths
}

const keysFor = (count: number): string[] => Array.from({ length: count }, (_, index) => `photo-${index}`)

describe('searching embeddings', () => {
  test('finds what comparing with every vector finds, in its order, for any width', async () => {
    const values = fc.float({ min: -1, max: 1, noNaN: true })
    const cases = fc
      .integer({ min: 1, max: 37 })
      .chain((width) =>
        fc.tuple(
          fc.array(fc.array(values, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 40 }),
          fc.array(values, { minLength: width, maxLength: width }),
          fc.integer({ min: 0, max: 50 }),
        ),
      )
    await fc.assert(
      fc.asyncProperty(cases, async ([vectors, wanted, count]) => {
        const query = Float32Array.from(wanted)
        const index = await indexOfVectors(keysFor(vectors.length), Float32Array.from(vectors.flat()), query.length)
        const cosines = index.cosines(query)
        vectors.forEach((vector, place) => expect(cosines[place]).toBeCloseTo(cosine(Float32Array.from(vector), query), 4))
        const expected = [...cosines.keys()].sort((a, b) => cosines[b] - cosines[a] || a - b).slice(0, count)
        expect(index.search(query, count).map(({ key }) => key)).toEqual(expected.map((place) => `photo-${place}`))
      }),
      { numRuns: 40 },
    )
  })

  test('a photo is nearest to itself, whatever its length', async () => {
    const vectors = Float32Array.from({ length: 50 * 16 }, (_, index) => Math.sin(index * index))
    const index = await indexOfVectors(keysFor(50), vectors, 16)
    const [best] = index.search(
      vectors.slice(7 * 16, 8 * 16).map((value) => value * 30),
      3,
    )
    expect(best.key).toBe('photo-7')
    expect(best.similarity).toBeCloseTo(1, 5)
    expect(index.search(new Float32Array(16), 2).map(({ similarity }) => similarity)).toEqual([0, 0])
  })
})

describe('near duplicates', () => {
  test('are grouped, also by way of a third photo', async () => {
    const angles = [0, 10, 20, 90, 95, 200, 300]
    const vectors = Float32Array.from(angles.flatMap((angle) => [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)]))
    const index = await indexOfVectors(angles.map(String), vectors, 2)
    const done: number[] = []
    expect(await duplicateGroups(index, { similarity: Math.cos((11 * Math.PI) / 180), onProgress: (count) => done.push(count) })).toEqual([
      ['0', '10', '20'],
      ['90', '95'],
    ])
    expect(done.at(-1)).toBe(7)
    expect(await duplicateGroups(index, { similarity: 0.9999 })).toEqual([])
    await expect(duplicateGroups(index, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'cancelled' })
  })
})

describe('zero-shot labels', () => {
  /** Puts each sentence where its last known word points. */
  const directions: Record<string, number> = { cat: 0, dog: 1, car: 2 }
  const texts: TextEncoder = {
    width: 3,
    embed: (sentences) => {
      const rows = new Float32Array(sentences.length * 3)
      sentences.forEach((sentence, row) => {
        const word = Object.keys(directions).find((known) => sentence.includes(known)) ?? ''
        rows[row * 3 + directions[word]] = 2 + row
      })
      return Promise.resolve(rows)
    },
    close: () => Promise.resolve(),
  }

  test('put the nearest word first; probabilities add up to 1', async () => {
    const labels = await embedLabels(texts, ['cat', 'dog', 'car'])
    const scores = scoreLabels(labels, Float32Array.of(0.5, 0.6, 0.1))
    expect(scores.map(({ word }) => word)).toEqual(['dog', 'cat', 'car'])
    expect(scores.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 9)
    expect(scores[0].similarity).toBeCloseTo(0.6 / Math.sqrt(0.62), 5)
    expect(labels.vectors.filter((value) => value === 1)).toHaveLength(3)
  })

  test('every sentence has a place for the word; lists without one are refused', async () => {
    expect(clipPromptTemplates.every((template) => template.split('{}').length === 2)).toBe(true)
    await expect(embedLabels(texts, [])).rejects.toThrow('no word')
    await expect(embedLabels(texts, ['cat', ' ', 'dog'])).rejects.toThrow('Word 2 of the 3 labels, after “cat”, is empty.')
    await expect(embedLabels(texts, ['', 'dog'])).rejects.toThrow('Word 1 of the 2 labels, before “dog”, is empty.')
    await expect(embedLabels(texts, ['cat'], ['a photo'])).rejects.toThrow('“a photo” has no place')
  })
})
