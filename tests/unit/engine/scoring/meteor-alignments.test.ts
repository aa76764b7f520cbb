/** METEOR's alignment in words: every word once, chunks as METEOR counts them. */
import { join } from 'node:path'
import { mkdirSync, writeFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openMeteor, type MeteorScorer } from '#engine/metrics/meteor/meteor.ts'
import { inWords } from '#engine/scoring/meteor-alignments.ts'
import { temporaryFolder } from '../../../support/temporary-folder.ts'

async function smallMeteor(): Promise<MeteorScorer> {
  const folder = temporaryFolder()
  const files = {
    'function/english.words': 'a\nthe\n',
    'synonym/english.synsets': 'bike\n7\nbicycle\n7\n',
    'synonym/english.exceptions': 'man\nmen\n',
  }
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return openMeteor({ resources: folder })
}

test('says which words stand for which, and how', async () => {
  const meteor = await smallMeteor()
  const aligned = meteor.align('the men rides a bike', ['nobody here', 'a bicycle the men ride'])
  expect(aligned.reference).toBe(1)
  expect(inWords(aligned)).toEqual({
    chunks: [
      [
        { candidate: 'a', reference: 'a', by: 'exact' },
        { candidate: 'bike', reference: 'bicycle', by: 'synonym' },
      ],
      [
        { candidate: 'the', reference: 'the', by: 'exact' },
        { candidate: 'men', reference: 'men', by: 'exact' },
        { candidate: 'rides', reference: 'ride', by: 'stem' },
      ],
    ],
    unmatched: { candidate: [], reference: [] },
  })
})

test('has as many chunks as the score counts, and every word once', async () => {
  const meteor = await smallMeteor()
  const caption = fc.array(fc.constantFrom('a', 'the', 'men', 'ride', 'rides', 'bike', 'bicycle', 'here', 'dog'), { minLength: 1, maxLength: 9 })
  fc.assert(
    fc.property(caption, fc.array(caption, { minLength: 1, maxLength: 3 }), (candidate, references) => {
      const texts = references.map((words) => words.join(' '))
      const aligned = meteor.align(candidate.join(' '), texts)
      const { chunks, unmatched } = inWords(aligned)
      expect(chunks).toHaveLength(aligned.statistics.chunks)
      const told = (side: 'candidate' | 'reference') => [...chunks.flat().map((pair) => pair[side]), ...unmatched[side]].toSorted()
      expect(told('candidate')).toEqual(candidate.toSorted())
      expect(told('reference')).toEqual(references[aligned.reference].toSorted())
      expect({ score: aligned.score, statistics: aligned.statistics }).toEqual(meteor.segment(candidate.join(' '), texts))
    }),
  )
})
