/** The sample's captioner hardly ever saw snow: slices are found from its captions alone, and snow comes first. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { findSteps } from '#engine/workspace/failures/find-slices.ts'
import type { FrameQuery } from '#engine/workspace/failures/frame.ts'
import { lookSteps } from '#engine/workspace/failures/look.ts'
import { historySteps, keepSlice, listSlices, removeSlice } from '#engine/workspace/failures/slices.ts'
import { modelNumber, listModels } from '#engine/workspace/repositories/models.ts'
import { copyTemplate } from '#engine/workspace/sample.ts'
import { inSlices } from '#engine/workspace/slices.ts'
import { closeDatabase, openDatabase, type Database } from '#engine/workspace/storage/database.ts'
import type { SliceFilter } from '#shared/slices/filters.ts'

let folder: string
let database: Database
let query: FrameQuery
const base = 'scene-captioner'
const review = () => ({ database, author: 'Ada', time: '2026-01-01T00:00:00.000Z' })

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capstan-slices-'))
  await copyTemplate(resolve(import.meta.dirname, '../../../../../resources/sample'), join(folder, 'sample'))
  database = await openDatabase(join(folder, 'sample'), false)
  query = { set: 'all', metric: 'CIDEr', modelNumber: modelNumber(database, base), otherNumber: null }
})
afterAll(async () => {
  closeDatabase(database)
  await rm(folder, { recursive: true, maxRetries: 5 })
})

const wordsOf = (filters: readonly SliceFilter[]): string[] => filters.flatMap((filter) => (filter.by === 'reference-word' ? filter.word : []))

describe('slices that are found', () => {
  test('are led by the kind of scene that the captioner was not shown, named by its words, with an interval that holds for all that were tried', async () => {
    const found = (await inSlices(findSteps(database, query, 5)))!
    const [first] = found.slices
    expect(wordsOf(first.filters).some((word) => word.startsWith('snow'))).toBe(true)
    expect(first.words.some((word) => word.startsWith('snow'))).toBe(true)
    expect(found.tried).toBeGreaterThan(50)
    expect(found.slices.map(({ cost }) => cost)).toEqual(found.slices.map(({ cost }) => cost).toSorted((a, b) => b - a))
    for (const slice of found.slices) {
      expect(slice.cost).toBeCloseTo((-slice.corrected.high * slice.images) / 200, 12)
      expect(slice.p).toBeLessThanOrEqual(0.05)
      expect(slice.corrected.high).toBeLessThan(0)
      // Wider than the interval of the one slice alone.
      expect(slice.corrected.high).toBeGreaterThan(slice.difference!.high)
      const look = await inSlices(lookSteps(database, query, slice.filters))
      expect(look.selected).toBe(slice.images)
      expect(look.sides[0].histograms[0].mean).toBeCloseTo(slice.mean!, 12)
    }
  })

  test('are none where scores have nothing to do with what photos show', async () => {
    database.exec(
      'SAVEPOINT chance; UPDATE score SET value = ((image_id * 40503) % 997) / 997.0; INSERT INTO evaluation SELECT NULL, model_number, image_set, images, scores, beam, document_frequency_number, created_at, provenance, failures, intervals FROM evaluation',
    )
    expect((await inSlices(findSteps(database, query, 5)))!.slices).toEqual([])
    database.exec('ROLLBACK TO chance; RELEASE chance')
  })
})

test('a kept slice has its size, and the history of every model on the same images: fine-tuned on snow, the captioner is better there', async () => {
  const filters: SliceFilter[] = [{ by: 'reference-word', word: 'snowy' }]
  const slice = keepSlice(review(), { name: 'Snow', filters, modelId: base, otherId: null, set: 'all', metric: 'CIDEr' })
  expect(listSlices(database)).toEqual([slice])
  expect(() => keepSlice(review(), { name: 'snow', filters, modelId: base, otherId: null, set: 'all', metric: 'CIDEr' })).toThrow(
    'There is a slice “snow” already',
  )
  const { images, of, scores } = await inSlices(historySteps(database, slice.id))
  const { selected } = await inSlices(lookSteps(database, query, filters))
  expect([images, of]).toEqual([selected, 200])
  const models = listModels(database).filter(({ id }) => scores.some(({ modelId }) => modelId === id))
  expect(scores).toHaveLength(models.length)
  const [before, after] = [scores.find(({ modelId }) => modelId === base)!, scores.find(({ modelId }) => modelId !== base)!]
  expect([before.images, after.images]).toEqual([images, images])
  expect(after.mean!).toBeGreaterThan(before.mean!)
  removeSlice(database, slice.id)
  expect(listSlices(database)).toEqual([])
})
