import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { bleuFromStatistics } from '#shared/metrics/bleu.ts'
import { ptbTokenizeCorpus } from '#engine/text/ptb-tokenizer.ts'
import { scoreCorpus } from '#engine/metrics/score-corpus.ts'
import { sharedData } from '../../../support/shared-data.ts'

const goldenImage = z.object({
  image_id: z.number(),
  hyp: z.string(),
  refs: z.array(z.string()),
  Bleu_1: z.number(),
  Bleu_4: z.number(),
  ROUGE_L: z.number(),
  CIDEr: z.number(),
})

describe.skipIf(!sharedData)('the first caption of 5,000 COCO images against the next four (needs ../shared/data)', () => {
  function scored() {
    const text = readFileSync(join(sharedData!, 'goldens/val2017_first_vs_next4.json'), 'utf8')
    const golden = z.array(goldenImage).parse(JSON.parse(text))
    // The original: BLEU and CIDEr split at any Unicode space, ROUGE at U+0020 only.
    const images = golden.map(({ image_id, hyp, refs }) => ({ id: image_id, candidate: hyp.split(' '), references: refs.map((r) => r.split(' ')) }))
    return { golden, ...scoreCorpus({ images }) }
  }

  test('equals the reference implementation to 1e-9, per image and for the corpus', () => {
    const { golden, corpus, perImage } = scored()
    const expected = {
      Bleu_1: 0.6343168895035993,
      Bleu_2: 0.43723445156507285,
      Bleu_3: 0.2939758342980974,
      Bleu_4: 0.19541637901190298,
      ROUGE_L: 0.47167893704117375,
      CIDEr: 0.886517761682813,
      CIDEr_plain: 0.9815934233358861,
    }
    for (const [name, value] of Object.entries(expected)) expect(Math.abs(corpus[name] - value), name).toBeLessThan(1e-9)
    const far: string[] = []
    for (const image of golden) {
      const scores = perImage.get(image.image_id)!
      for (const name of ['Bleu_1', 'Bleu_4', 'ROUGE_L', 'CIDEr'] as const) {
        if (!(Math.abs(scores[name] - image[name]) < 1e-9)) far.push(`${name} of ${image.image_id}: ${scores[name]} ≠ ${image[name]}`)
      }
    }
    expect(far).toEqual([])
  })
})

describe.skipIf(!sharedData)('the generated captions of the COCO demo (needs ../shared/data)', () => {
  test('score as the reference implementation on the 126 images whose references are there, from raw captions on', () => {
    const read = (name: string): unknown => JSON.parse(readFileSync(join(sharedData!, 'goldens', name), 'utf8'))
    const caption = z.object({ image_id: z.number(), caption: z.string() })
    const results = z.array(caption).parse(read('fakecap_overlap_val2017.json'))
    const annotations = z.array(caption).parse(read('anns_sorted.json'))
    const candidates = ptbTokenizeCorpus(results.map((result) => result.caption))
    const images = results.map(({ image_id }, position) => {
      const references = annotations.filter((annotation) => annotation.image_id === image_id)
      return { id: image_id, candidate: candidates[position], references: ptbTokenizeCorpus(references.map((each) => each.caption)) }
    })
    const { corpus } = scoreCorpus({ images })
    expect(images).toHaveLength(126)
    const expected = { Bleu_1: 0.58548, Bleu_2: 0.40474, Bleu_3: 0.28251, Bleu_4: 0.19827, ROUGE_L: 0.40798, CIDEr: 0.62772 }
    for (const [name, value] of Object.entries(expected)) expect(corpus[name], name).toBeCloseTo(value, 5)
  })
})

test('the totals printed by the COCO demo give its BLEU', () => {
  const totals = [5732, 2510, 1043, 423, 9893, 8893, 7893, 6893, 9893, 9855]
  const printed = [0.579, 0.404, 0.279, 0.191]
  bleuFromStatistics(totals).forEach((value, order) => expect(value).toBeCloseTo(printed[order], 3))
})
