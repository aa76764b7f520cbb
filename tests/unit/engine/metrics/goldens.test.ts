import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { scoreCorpus } from '#engine/metrics/score-corpus.ts'
import { sharedData, withoutSharedData } from '../../../support/shared-data.ts'

const goldenImage = z.object({
  image_id: z.number(),
  hyp: z.string(),
  refs: z.array(z.string()),
  Bleu_1: z.number(),
  Bleu_4: z.number(),
  ROUGE_L: z.number(),
  CIDEr: z.number(),
})

describe.skipIf(!sharedData)(`the first caption of 5,000 COCO images against the next four (${withoutSharedData})`, () => {
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
