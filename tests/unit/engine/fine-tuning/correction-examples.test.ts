import { describe, expect, test } from 'vitest'
import { correctionExamples, wordWeights } from '#engine/fine-tuning/correction-examples.ts'
import { fineTuningTexts } from '#engine/fine-tuning/fine-tuning-data.ts'
import { buildVocabulary, encodeCaption } from '#engine/text/vocabulary.ts'
import type { SnapshotItem } from '#engine/workspace/repositories/snapshots.ts'

const vocabulary = buildVocabulary(['a brown dog runs over the wet green grass', 'a black cat sits'], 1)
const shares = (correction: string, candidate: string): number[] => {
  const weights = [...wordWeights(correction, candidate, vocabulary, 3)]
  expect(weights.reduce((sum, value) => sum + value, 0)).toBeCloseTo(weights.length, 5)
  const least = Math.min(...weights)
  return weights.map((value) => Math.round(value / least))
}

describe('changed words', () => {
  test('count more than kept ones, and the caption as much as before', () => {
    expect(shares('A black dog runs.', 'a brown dog runs')).toEqual([1, 3, 1, 1, 1])
  })

  test('going on after what was left out counts, too', () => {
    expect(shares('a dog runs', 'a brown dog runs')).toEqual([1, 3, 1, 1])
    expect(shares('a dog', 'a dog runs')).toEqual([1, 1, 3])
    expect(shares('a cat runs', 'a brown dog runs')).toEqual([1, 3, 1, 1])
  })
})

const item = (imageId: number, given: Partial<SnapshotItem>): SnapshotItem => ({
  ...{ imageId, draw: imageId, kind: 'correction', text: 'a black cat sits', weight: 1, heldOut: false, replaces: null, rating: null },
  ...given,
})
const items: SnapshotItem[] = [
  ...[1, 2, 3, 4, 5].map((imageId) => item(imageId, {})),
  item(6, { replaces: 'a brown dog sits', rating: 1 }),
  item(7, { replaces: 'A black cat sits.' }),
  item(8, { kind: 'rejected', text: 'a brown dog' }),
  item(9, { kind: 'rejected', text: 'a brown dog' }),
  item(9, { kind: 'reference', text: 'a cat sits' }),
  item(10, { kind: 'rejected', text: 'a wet cat', heldOut: true }),
]
const texts = fineTuningTexts(items)
const keys = new Map(items.map(({ imageId }) => [imageId, `photo ${imageId}`]))
const learned = (teaching: { emphasis: number; preference: number; ratings: number }) =>
  new Map(correctionExamples(texts, keys, vocabulary, teaching).map((example) => [example.key, example]))
const encoded = (text: string) => encodeCaption(vocabulary, text)

describe('examples of corrections', () => {
  test('say nothing of candidates where the recipe asks for nothing', () => {
    const found = learned({ emphasis: 1, preference: 0, ratings: 0 })
    expect([...found.keys()]).toEqual([1, 2, 3, 4, 5, 6, 7].map((imageId) => `photo ${imageId}`))
    expect(found.get('photo 6')).toEqual({ key: 'photo 6', captions: [encoded('a black cat sits')], weight: 1 })
  })

  test('are preferred to the candidate that they replace, where it says something else', () => {
    const found = learned({ emphasis: 2, preference: 1, ratings: 0 })
    const example = found.get('photo 6')
    const [caption] = example?.captions ?? []
    expect(example?.contrasts).toEqual([{ preferred: caption, rejected: encoded('a brown dog sits'), weight: 1 }])
    expect(example?.contrasts?.[0].preferred).toBe(caption)
    expect(example?.emphasis?.get(caption)?.length).toBe(5)
    for (const other of ['photo 1', 'photo 7']) expect(found.get(other)).toEqual({ key: other, captions: [caption], weight: 1 })
  })

  test('of rejected candidates say what not to say, beside what people wrote of the photo; those held out say nothing', () => {
    const found = learned({ emphasis: 1, preference: 1, ratings: 0 })
    expect(found.get('photo 8')).toEqual({
      ...{ key: 'photo 8', captions: [], weight: 1, contrasts: [{ preferred: undefined, rejected: encoded('a brown dog'), weight: 1 }] },
    })
    expect(found.get('photo 9')?.contrasts).toEqual([{ preferred: encoded('a cat sits'), rejected: encoded('a brown dog'), weight: 1 }])
    expect(found.has('photo 10')).toBe(false)
    expect(texts.domain.has(9) || texts.choosing.has(9)).toBe(false)
  })

  test('count more the worse the candidate was rated', () => {
    expect(learned({ emphasis: 1, preference: 1, ratings: 0.5 }).get('photo 6')).toMatchObject({ weight: 1.5, contrasts: [{ weight: 1.5 }] })
  })
})
