/** Looks at a scored set hold against the same figures counted one image at a time from the tables. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { lookSteps, selectedSteps } from '#engine/workspace/failures/look.ts'
import type { FrameQuery } from '#engine/workspace/failures/frame.ts'
import { inSlices } from '#engine/workspace/slices.ts'
import { modelNumber } from '#engine/workspace/repositories/models.ts'
import { closeDatabase, openDatabase, type Database } from '#engine/workspace/storage/database.ts'
import type { FailureLook } from '#shared/slices/look.ts'
import type { SliceFilter } from '#shared/slices/filters.ts'
import { generateLibrary, generateMeasures } from '../../../../support/large-library.ts'

let folder: string
let database: Database
let query: FrameQuery
const look = (filters: SliceFilter[] = [], asked: Partial<FrameQuery> = {}): Promise<FailureLook> =>
  inSlices(lookSteps(database, { ...query, ...asked }, filters))

interface Row {
  id: number
  score: number
  other: number
  words: number
  agreement: number
  said: string[]
  missed: string[]
  objects: string
}
let rows: Row[]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capstan-look-'))
  database = await openDatabase(folder, true)
  generateLibrary(database, 2000)
  generateMeasures(database, 300)
  query = { set: 'all', metric: 'CIDEr', modelNumber: modelNumber(database, 'm1'), otherNumber: null }
  const stored = database
    .prepare<[], Omit<Row, 'said' | 'missed'> & { said: string; missed: string }>(
      `SELECT measure.image_id AS id, one.value AS score, two.value AS other, words, agreement, said, missed, objects FROM caption_measure AS measure
       JOIN score AS one ON one.image_id = measure.image_id AND one.metric = 'CIDEr' AND one.model_number = measure.model_number
       JOIN score AS two ON two.image_id = measure.image_id AND two.metric = 'CIDEr' AND two.model_number <> measure.model_number
       WHERE measure.model_number = (SELECT number FROM model WHERE id = 'm1') ORDER BY 1`,
    )
    .all()
  rows = stored.map((row) => ({ ...row, said: row.said.split(' '), missed: row.missed.split(' ') }))
})

afterAll(async () => {
  closeDatabase(database)
  await rm(folder, { recursive: true, maxRetries: 5 })
})

const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
const squares = (values: number[]): number => values.reduce((sum, value) => sum + (value - mean(values)) ** 2, 0)

describe('a look at a scored set', () => {
  test('without filters has every image in its bars', async () => {
    const { images, selected, sides } = await look()
    expect([images, selected]).toEqual([2000, 2000])
    for (const { measure, bars, mean: found } of sides[0].histograms) {
      expect(
        bars.reduce((sum, { all }) => sum + all, 0),
        measure,
      ).toBe(2000)
      expect(bars.length, measure).toBeLessThanOrEqual(22)
      expect(bars.every(({ all, selected: left }) => all === left)).toBe(true)
      for (const [index, { from }] of bars.entries()) if (index > 0) expect(from).toBe(bars[index - 1].to)
      if (measure === 'score') expect(found).toBeCloseTo(mean(rows.map(({ score }) => score)), 10)
    }
  })

  test('bars of one measure are alternatives, other filters hold together, and every mean stands with its interval against the rest', async () => {
    const filters: SliceFilter[] = [
      { by: 'range', side: 'model', measure: 'words', from: 7, to: 8 },
      { by: 'range', side: 'model', measure: 'words', from: 10, to: 11 },
      { by: 'object', side: 'model', role: 'invented', object: 'dog' },
    ]
    const { selected, sides } = await look(filters)
    const inSlice = (row: Row): boolean => (row.words === 7 || row.words === 10) && row.objects.includes('!dog')
    const [left, rest] = [rows.filter(inSlice), rows.filter((row) => !inSlice(row))].map((some) => some.map(({ agreement }) => agreement))
    expect(selected).toBe(left.length)
    expect(left.length).toBeGreaterThan(50)
    const found = sides[0].histograms.find(({ measure }) => measure === 'agreement')!
    expect(found.mean).toBeCloseTo(mean(left), 10)
    expect(found.rest).toBeCloseTo(mean(rest), 10)
    expect(found.difference?.value).toBeCloseTo(mean(left) - mean(rest), 10)
    // Welch's standard error; with these many images Student's quantile lies between the normal's and 2.02.
    const error = Math.sqrt(squares(left) / (left.length - 1) / left.length + squares(rest) / (rest.length - 1) / rest.length)
    const half = (found.difference!.high - found.difference!.low) / 2
    expect(half / error).toBeGreaterThan(1.96)
    expect(half / error).toBeLessThan(2.02)
    expect(found.bars.reduce((sum, bar) => sum + bar.selected, 0)).toBe(left.length)
  })

  test('words are counted among the images left, and the invented word is told as it was said', async () => {
    const filters: SliceFilter[] = [{ by: 'kind', side: 'model', kind: 'invented-object' }]
    const { sides, selected } = await look(filters)
    const [dog] = sides[0].invented
    expect(dog).toMatchObject({ name: 'dog', selected, terms: [{ term: 'puppy', images: selected }] })
    for (const row of [...sides[0].missed, ...sides[0].said]) {
      const list = (image: Row): string[] => (row.role === 'missed' ? image.missed : image.said)
      const having = rows.filter((image) => list(image).includes(row.name))
      const left = having.filter(({ objects }) => objects.startsWith('!'))
      expect([row.all, row.selected], row.name).toEqual([having.length, left.length])
      expect(row.score).toBeCloseTo(mean(left.map(({ score }) => score)), 10)
    }
    expect(sides[0].missed.length).toBeGreaterThan(5)
    const chosen: SliceFilter = { by: 'word', side: 'model', role: 'missed', word: sides[0].missed[3].name }
    const both = await look([...filters, chosen])
    expect(both.selected).toBe(sides[0].missed[3].selected)
    expect(both.sides[0].missed[0].name).toBe(chosen.word)
  })

  test('of two models has both, and their difference image by image', async () => {
    const { sides, between } = await look([{ by: 'range', side: 'other', measure: 'score', from: 1, to: null }], { otherNumber: modelNumber(database, 'm2') })
    const left = rows.filter(({ other }) => other >= 1)
    expect(sides.map(({ side }) => side)).toEqual(['model', 'other'])
    expect(between!.images).toBe(left.length)
    expect(between!.mean).toBeCloseTo(mean(left.map(({ score, other }) => other - score)), 10)
    expect(sides[0].histograms[0].bars.map(({ from }) => from)).toEqual(sides[1].histograms[0].bars.map(({ from }) => from))
  })

  test('gives the images that are left, the lowest score first', async () => {
    const filters: SliceFilter[] = [{ by: 'range', side: 'model', measure: 'words', from: 9, to: null }]
    const expected = rows.filter(({ words }) => words >= 9).toSorted((a, b) => a.score - b.score || a.id - b.id)
    expect(await inSlices(selectedSteps(database, query, { filters, most: 30 }))).toEqual(expected.slice(0, 30).map(({ id }) => id))
    expect(await inSlices(selectedSteps(database, query, { filters, most: Infinity }))).toHaveLength(expected.length)
  })

  test('follows when scores go, and says so where captions were never measured', async () => {
    database.exec('SAVEPOINT gone; DELETE FROM score WHERE image_id <= 100')
    expect((await look()).images).toBe(1900)
    database.exec('ROLLBACK TO gone; RELEASE gone')
    expect((await look()).images).toBe(2000)
    expect(await look([], { set: 'held-out corrections' })).toMatchObject({ measured: false, images: 0 })
    expect((await look([], { set: 'dev' })).images).toBe(200)
  })
})
