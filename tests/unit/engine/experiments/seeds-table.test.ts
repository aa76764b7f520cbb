/** What an experiment's table says of seeds: from real per-photo scores of cells that differ in the seed alone. */
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import { describe, expect, test } from 'vitest'
import { expandCells } from '#engine/experiments/cells.ts'
import { comparerOf } from '#engine/experiments/comparison.ts'
import type { CellRecord } from '#engine/experiments/folder.ts'
import { parseExperimentRecipe } from '#engine/experiments/recipe.ts'
import { saidOfHalf } from '#engine/experiments/run-cell.ts'
import { writeScoredPhotos } from '#engine/experiments/scored-cell.ts'
import { csvOverSeeds, overSeeds } from '#engine/experiments/seeds-table.ts'
import { markdownTable } from '#engine/experiments/table.ts'
import { experimentLayout } from '#engine/workspace/experiments/experiment-layout.ts'
import { certainDirection, type ExperimentReport } from '#shared/experiments.ts'
import { normal } from '#shared/random.ts'
import { temporaryFolder } from '../../../support/temporary-folder.ts'

const recipe = (seeds: number[]) =>
  parseExperimentRecipe(
    {
      name: 'Two captioners',
      data: { captions: 'c', images: 'i', trainList: 't', devList: 'd' },
      encoders: ['openimages-ssd'],
      captioners: [
        { name: 'plain', captioner: {} },
        { name: 'other', captioner: {} },
      ],
      recipes: [{ name: 'x' }],
      seeds,
      baselines: [{ captioner: 'plain' }, { captioner: 'plain', seed: 1 }],
    },
    'here',
  )

interface Made {
  /** What a captioner's mean is, by its name and seed. */
  meanOf(captioner: string, seed: number): number
  collapsed?: string
}

/** A report of cells whose scores were drawn, as a run would have left them. */
async function reportOf(seeds: number[], { meanOf, collapsed }: Made): Promise<ExperimentReport> {
  const layout = experimentLayout(temporaryFolder())
  const given = recipe(seeds)
  const cells = expandCells(given)
  const random = xoroshiro128plus(3)
  const records = new Map<string, CellRecord>()
  const base = Array.from({ length: 200 }, () => 0.3 * normal(random))
  for (const { id, captioner, seed } of cells) {
    const photos = base.map((value, photo) => ({
      image: `${photo}.jpg`,
      caption: `photo ${photo}`,
      scores: { CIDEr: value + meanOf(captioner, seed) + 0.1 * normal(random) },
      statistics: {},
    }))
    const { scores } = layout.cell(id)
    mkdirSync(dirname(scores), { recursive: true })
    await writeScoredPhotos(scores, photos)
    const value = photos.reduce((sum, photo) => sum + photo.scores.CIDEr / photos.length, 0)
    const result = {
      ...{ parameters: 1000, words: 10, visualTokens: 4, judgedPhotos: 200, steps: 5, trainingSeconds: 1, tokensPerSecond: null },
      ...{ scores: { CIDEr: { value, low: value, high: value } }, captionsPerSecond: 1, photosPerSecond: 1 },
      ...(id === collapsed ? { collapsedTo: 'a man' } : {}),
    }
    records.set(id, { state: 'done', fingerprint: '', error: null, result })
  }
  return {
    ...{ formatVersion: 1, name: given.name, description: '', command: 'capstan experiment x.json', data: 'd', trainPhotos: 8, devPhotos: 200, beam: 3 },
    ...{ metrics: ['CIDEr'], baselines: ['captioner plain', 'captioner plain, seed 1'], choosingPhotos: 60 },
    ...(await comparerOf(cells, layout).compare(records)),
  }
}

const otherOf = (report: ExperimentReport) => report.groups.find(({ captioner }) => captioner === 'other')!

describe('an experiment over seeds', () => {
  test('two seeds that point in opposite ways are one difference, and not a certain one', async () => {
    // As was seen: +0.016 (green) beside −0.094 (red).
    const report = await reportOf([1, 2], { meanOf: (captioner, seed) => 0.5 + (captioner === 'plain' ? 0 : seed === 1 ? 0.03 : -0.09) })
    const single = report.cells.filter(({ cell }) => cell.captioner === 'other').map(({ differences }) => differences[0]!.metrics['CIDEr'])
    expect(single[0].low).toBeGreaterThan(0)
    expect(single[1].high).toBeLessThan(0)
    const group = otherOf(report)
    const { CIDEr } = group.differences[0]!.metrics
    expect(CIDEr.value).toBeCloseTo((single[0].value + single[1].value) / 2, 9)
    expect(CIDEr.low).toBeLessThan(-0.1)
    expect(CIDEr.high).toBeGreaterThan(0)
    expect(certainDirection(group.differences[0]!, 'CIDEr', group)).toBeNull()
    expect(markdownTable(report, recipe([1, 2]), { files: [] })).not.toMatch(/\*\*[+−]/)
  })

  test('a difference beyond photos and seeds is bold, with mean, spread and Holm’s correction named', async () => {
    const report = await reportOf([1, 2, 3], { meanOf: (captioner, seed) => 0.5 + seed / 200 + (captioner === 'plain' ? 0 : 0.2) })
    const group = otherOf(report)
    expect(group.seeds).toEqual([1, 2, 3])
    expect(group.scores['CIDEr'].spread).toBeCloseTo(0.005, 1)
    expect(certainDirection(group.differences[0]!, 'CIDEr', group)).toBe('up')
    // A baseline of one seed cannot be compared with a recipe.
    expect(group.differences[1]).toBeNull()
    const text = overSeeds(report).join('\n')
    expect(text).toMatch(/\| openimages-ssd \| other \| x \| 1, 2, 3 \| \*\*\+0\.1/)
    expect(text).toContain('after Holm’s correction over all differences of this table (1)')
    expect(text).toContain('spread 0.0')
    const [head, ...rows] = csvOverSeeds(report).trim().split('\r\n')
    for (const row of rows) expect(row.split(',')).toHaveLength(head.replaceAll(/"[^"]*"/g, 'quoted').split(',').length)
  })

  test('a difference that rounds to nothing is never bold, however certain', async () => {
    const report = await reportOf([1, 2, 3], { meanOf: () => 0.5 })
    const group = structuredClone(otherOf(report))
    group.differences[0]!.metrics['CIDEr'] = { value: 0.0004, low: 0.0003, high: 0.0005, p: 0.001, adjusted: 0.001 }
    expect(certainDirection(group.differences[0]!, 'CIDEr', group)).toBeNull()
  })

  test('a collapsed cell is marked, and is no silent baseline', async () => {
    const meanOf = (captioner: string) => (captioner === 'plain' ? 0.01 : 0.6)
    const report = await reportOf([1, 2, 3], { meanOf, collapsed: 'openimages-ssd_plain_x_seed-2' })
    const group = otherOf(report)
    expect(group.differences[0]).toMatchObject({ baselineCollapsed: true })
    expect(certainDirection(group.differences[0]!, 'CIDEr', group)).toBeNull()
    const text = markdownTable(report, recipe([1, 2, 3]), { files: [] })
    expect(text).toContain('**Collapsed**: `openimages-ssd_plain_x_seed-2` (“a man”)')
    expect(text).toContain('(baseline collapsed)')
    expect(text).not.toMatch(/\*\*[+−]/)
  })

  test('a captioner collapsed when half of its photos got one caption', () => {
    const captions = Array.from({ length: 40 }, (_, photo) => (photo % 2 === 0 ? 'a man' : `photo ${photo}`))
    expect(saidOfHalf(captions)).toBe('a man')
    expect(saidOfHalf(captions.slice(1))).toBeUndefined()
    expect(saidOfHalf(['a man', 'a man'])).toBeUndefined()
  })
})
