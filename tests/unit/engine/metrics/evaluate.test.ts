import { expect, test, describe } from 'vitest'
import { evaluate } from '#engine/metrics/evaluate.ts'

describe('evaluating raw captions', () => {
  test('odd line ends and empty captions move no caption to another image', async () => {
    const odd = ['a\rdog', 'a\u2028cat', '', 'a\nbird', 'a fish']
    const plain = ['a dog', 'a cat', '', 'a bird', 'a fish']
    const images = (captions: string[]) => captions.map((candidate, id) => ({ id, candidate, references: [plain[id] || 'nothing', 'a thing\u0085here'] }))
    const scored = await evaluate({ images: images(odd), metrics: ['Bleu_1', 'ROUGE_L', 'CIDEr'] })
    const expected = await evaluate({ images: images(plain), metrics: ['Bleu_1', 'ROUGE_L', 'CIDEr'] })
    expect([...scored.perImage]).toEqual([...expected.perImage])
    expect(scored.perImage.get(2)).toEqual({ Bleu_1: 0, ROUGE_L: 0, CIDEr: 0 })
  })

  test('names METEOR’s variant, keeps the usual order and says what it stands on', async () => {
    const images = [
      { id: 1, candidate: 'A dog runs.', references: ['A dog is running.'] },
      { id: 2, candidate: 'A cat.', references: ['Two cats!', 'A cat'] },
    ]
    const { corpus, perImage, provenance } = await evaluate({ images, metrics: ['CIDEr', 'METEOR', 'ROUGE_L', 'Bleu_4'] })
    const names = ['Bleu_4', 'METEOR (WordNet 3.1, no paraphrases)', 'ROUGE_L', 'CIDEr']
    expect(Object.keys(corpus)).toEqual(names)
    for (const scores of perImage.values()) expect(Object.keys(scores)).toEqual(names)
    expect(provenance).toMatchObject({ images: 2, documentFrequency: { source: 'evaluated-set' }, meteor: { name: names[1] } })
  })

  test('stops where it is cancelled, and without SPICE says so', async () => {
    const images = [{ id: 1, candidate: 'a', references: ['a'] }]
    await expect(evaluate({ images, metrics: ['CIDEr'], signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'cancelled' })
    await expect(evaluate({ images, metrics: ['SPICE'] })).rejects.toMatchObject({ code: 'unavailable' })
  })
})
