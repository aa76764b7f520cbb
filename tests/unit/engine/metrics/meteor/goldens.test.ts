import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { openMeteor } from '#engine/metrics/meteor/meteor.ts'
import { statisticsWidth, toNumbers } from '#shared/metrics/meteor-statistics.ts'
import { meteorOfSums, meteorRows } from '#shared/metrics/meteor.ts'
import { corpusValues } from '#shared/metrics/summable.ts'
import { sharedData, withoutSharedData } from '../../../../support/shared-data.ts'

const goldenImages = z.array(z.object({ hyp: z.string(), refs: z.array(z.string()) }))

function read(name: string): string {
  return readFileSync(join(sharedData!, 'goldens', name), 'utf8')
}

const noMatches = [0, 0, 0, 0]

describe.skipIf(!sharedData)(`METEOR with its own resources, without paraphrases (${withoutSharedData})`, () => {
  const open = () => openMeteor({ resources: join(sharedData!, 'meteor') })

  test('equals METEOR 1.5 on 5,000 COCO images, per segment and for the corpus', async () => {
    const meteor = await open()
    const expected = [...read('meteor_nopara.txt').matchAll(/^Segment \d+ score:\s+(\S+)$/gmu)].map((match) => Number(match[1]))
    const segments = goldenImages.parse(JSON.parse(read('val2017_first_vs_next4.json'))).map(({ hyp, refs }) => meteor.segment(hyp, refs))

    expect(expected.length).toBe(5000)
    const wrong = segments.map(({ score }, image) => ({ image, score, expected: expected[image] }))
    expect(wrong.filter(({ score, expected }) => Math.abs(score - expected) > 1e-9)).toEqual([])

    const statistics = segments.map((segment) => segment.statistics)
    expect(meteor.corpus(statistics)).toBeCloseTo(0.23441822533427645, 12)
    let next = 0
    const tool = { name: meteor.name, statistics: () => statistics[next++] }
    const words = segments.map((_, id) => ({ id, candidate: [], references: [] }))
    const rows = await meteorRows(meteor.name)(words, { meteor: tool }, () => Promise.resolve())
    const summable = corpusValues([{ names: [meteor.name], width: statisticsWidth, rows, values: meteorOfSums }], segments.length)
    expect(summable[meteor.name]).toBeCloseTo(0.23441822533427645, 12)
  })

  test.each([
    {
      references: ['a cat sits on the mat', 'the cat is on a mat'],
      candidate: 'a cat on the mat',
      statistics: [5, 6, 3, 3, 2, 2, 3, 3, ...noMatches, ...noMatches, ...noMatches, 2, 5, 5],
      score: 0.3899751238121113,
    },
    {
      references: ['two dogs run in the park', 'dogs running through a park'],
      candidate: 'two dogs running in a park in a park',
      statistics: [9, 6, 5, 3, 2, 2, 2, 2, 1, 1, 0, 0, ...noMatches, ...noMatches, 2, 5, 5],
      score: 0.38467350121388133,
    },
    {
      references: ['a man rides a red bike', 'a person on a bicycle'],
      candidate: 'a man',
      statistics: undefined, // not published
      score: 0.15285429184714416,
    },
    {
      references: ['a black-and-white photo of a man', 'a person riding a bicycle'],
      candidate: 'a man riding a bike',
      statistics: [5, 5, 2, 2, 1, 1, 2, 2, ...noMatches, 1, 1, 0, 0, ...noMatches, 2, 4, 4],
      score: 0.32134140899683716,
    },
  ])('gives METEOR 1.5 its numbers for "$candidate"', async ({ references, candidate, statistics, score }) => {
    const segment = (await open()).segment(candidate, references)
    if (statistics !== undefined) expect(toNumbers(segment.statistics)).toEqual(statistics)
    expect(segment.score).toBeCloseTo(score, 12)
  })

  test('names the score as computed without paraphrases', async () => {
    expect((await open()).name).toBe('METEOR (no paraphrases)')
  })
})
