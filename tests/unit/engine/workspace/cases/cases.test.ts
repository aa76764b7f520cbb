/** Cases of the sample: its captioner hardly ever saw snow, and a model that was fine-tuned on corrections of snow is there. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Case } from '#shared/cases/cases.ts'
import { verdictOf } from '#shared/fine-tuning.ts'
import type { SliceFilter } from '#shared/slices/filters.ts'
import { pageSteps } from '#engine/workspace/cases/case-page.ts'
import { caseImages, keepVerdict, listCases, noteCase, openSteps, removeCase, requireCase } from '#engine/workspace/cases/cases.ts'
import { judgeSteps } from '#engine/workspace/cases/judge-case.ts'
import { learnedImages } from '#engine/workspace/cases/learned-photos.ts'
import { selectedSteps } from '#engine/workspace/failures/look.ts'
import { photoLists } from '#engine/workspace/lists/photo-lists.ts'
import { listModels, modelNumber } from '#engine/workspace/repositories/models.ts'
import { readScores } from '#engine/workspace/repositories/scores.ts'
import { createSnapshot, snapshotItems } from '#engine/workspace/repositories/snapshots.ts'
import { removeImages } from '#engine/workspace/review/removal.ts'
import { copyTemplate } from '#engine/workspace/sample.ts'
import { inSlices } from '#engine/workspace/slices.ts'
import { closeDatabase, openDatabase, type Database } from '#engine/workspace/storage/database.ts'

let folder: string
let database: Database
const base = 'scene-captioner'
const time = '2026-01-01T00:00:00.000Z'
const review = () => ({ database, author: 'Ada', time })
const snow: SliceFilter[] = [{ by: 'reference-word', word: 'snowy' }]
const open = (name: string, filters = snow): Promise<Case> =>
  inSlices(openSteps(review(), { name, note: '', modelId: base, set: 'all', metric: 'CIDEr', filters }))

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capstan-cases-'))
  await copyTemplate(resolve(import.meta.dirname, '../../../../../resources/sample'), join(folder, 'sample'))
  database = await openDatabase(join(folder, 'sample'), false)
})
afterAll(async () => {
  closeDatabase(database)
  await rm(folder, { recursive: true, maxRetries: 5 })
})

const other = (): string => listModels(database).find(({ id }) => id !== base)!.id

describe('a case that is opened', () => {
  test('keeps the photos that the filters leave, parts those that judge from those to correct, and lists these worst first', async () => {
    const query = { set: 'all' as const, metric: 'CIDEr' as const, modelNumber: modelNumber(database, base), otherNumber: null }
    const worstFirst = (await inSlices(selectedSteps(database, query, { filters: snow, most: Infinity })))!
    const one = await open('Snow')
    expect(one.photos).toBe(worstFirst.length)
    expect([...caseImages(database, one.id, 'all')].sort((a, b) => a - b)).toEqual(worstFirst.toSorted((a, b) => a - b))
    const judging = new Set(caseImages(database, one.id, 'judging'))
    expect([one.judging, one.listed]).toEqual([judging.size, worstFirst.length - judging.size])
    expect(judging.size).toBeGreaterThan(0)
    expect(one.listed).toBeGreaterThan(0)
    const listed = database.prepare<[number | null], number>('SELECT image_id FROM photo_list_item WHERE list_id = ? ORDER BY place').pluck().all(one.listId)
    expect(listed).toEqual(worstFirst.filter((imageId) => !judging.has(imageId)))
    expect(photoLists(database).map(({ name }) => name)).toContain('Case: Snow')
    const splits = database.prepare<[number], string>('SELECT split FROM image WHERE id = ?').pluck()
    for (const imageId of listed) expect(['dev', 'test']).not.toContain(splits.get(imageId))
  })

  test('is refused under a name that is taken, and of filters that leave no photo', async () => {
    await expect(open('snow')).rejects.toThrow('There is a case “snow” already')
    await expect(open('Nothing', [{ by: 'reference-word', word: 'zeppelin' }])).rejects.toThrow('No photo is left by these filters')
    expect(listCases(database)).toHaveLength(1)
  })

  test('keeps its photos from being removed', () => {
    const one = listCases(database)[0]
    const [imageId] = caseImages(database, one.id, 'judging')
    expect(removeImages(database, [imageId], time)).toEqual({ removed: 0, kept: 1 })
  })

  test('has its note on disk', () => {
    const one = listCases(database)[0]
    expect(noteCase(database, one.id, 'Never shown snow').note).toBe('Never shown snow')
    expect(requireCase(database, one.id).note).toBe('Never shown snow')
  })
})

describe('nothing learns from photos that judge an open case', () => {
  const learnedFrom = (name: string): Set<number> => {
    const { id } = createSnapshot(database, name, 0, time)
    return new Set(snapshotItems(database, id).flatMap(({ imageId, heldOut }) => (heldOut ? [] : [imageId])))
  }

  test('whatever text of theirs a snapshot freezes is held out; closed, they may teach again', async () => {
    const one = listCases(database)[0]
    const judging = caseImages(database, one.id, 'judging')
    database.exec('SAVEPOINT snapshots')
    const whileOpen = learnedFrom('while open')
    expect(judging.filter((imageId) => whileOpen.has(imageId))).toEqual([])
    expect(whileOpen.size).toBeGreaterThan(0)
    const verdict = await inSlices(judgeSteps(database, one, other()))
    keepVerdict(database, one.id, { ...verdict, author: 'Ada', keptAt: time })
    const whenClosed = learnedFrom('when closed')
    expect(judging.some((imageId) => whenClosed.has(imageId))).toBe(true)
    database.exec('ROLLBACK TO snapshots; RELEASE snapshots')
  })
})

describe('a case of photos that all judge', () => {
  const openDev = (name: string): Promise<Case> => inSlices(openSteps(review(), { name, note: '', modelId: base, set: 'dev', metric: 'CIDEr', filters: snow }))
  const listed = (one: Case): number[] =>
    database.prepare<[number | null], number>('SELECT image_id FROM photo_list_item WHERE list_id = ? ORDER BY place').pluck().all(one.listId)

  test('lists what the same filters leave of photos that may be learned from, worst first', async () => {
    database.exec('SAVEPOINT dev')
    const one = await openDev('Snow of dev')
    expect(one.judging).toBe(one.photos)
    const query = { set: 'train' as const, metric: 'CIDEr' as const, modelNumber: modelNumber(database, base), otherNumber: null }
    const alike = (await inSlices(selectedSteps(database, query, { filters: snow, most: Infinity })))!
    expect(alike.length).toBeGreaterThan(0)
    expect(listed(one)).toEqual(alike)
    database.exec('ROLLBACK TO dev; RELEASE dev')
  })

  test('has an empty list where no such photo is scored', async () => {
    database.exec(
      "SAVEPOINT dev; DELETE FROM caption_measure WHERE image_id IN (SELECT id FROM image WHERE split = 'train'); DELETE FROM score WHERE image_id IN (SELECT id FROM image WHERE split = 'train')",
    )
    const one = await openDev('Snow of dev alone')
    expect([one.listed, listed(one).length]).toEqual([0, 0])
    expect(one.judging).toBeGreaterThan(0)
    database.exec('ROLLBACK TO dev; RELEASE dev')
  })
})

describe('a later model', () => {
  test('is judged by the photos of the case that neither model learned from, and by the others of the set', async () => {
    const one = listCases(database)[0]
    const verdict = await inSlices(judgeSteps(database, one, other()))
    const learned = learnedImages(database, other())
    expect(learned.size).toBeGreaterThan(0)
    const judging = caseImages(database, one.id, 'judging')
    const unseen = judging.filter((imageId) => !learned.has(imageId))
    const mean = (modelId: string): number => {
      const scores = readScores(database, { modelNumber: modelNumber(database, modelId), referenceSet: 'references' }, unseen, ['CIDEr'])
      return scores.reduce((sum, { value }) => sum + value, 0) / scores.length
    }
    expect(verdict.learned).toBe(judging.length - unseen.length)
    expect(verdict.inside?.photos).toBe(unseen.length)
    expect(verdict.inside?.before).toBeCloseTo(mean(base), 12)
    expect(verdict.inside?.after).toBeCloseTo(mean(other()), 12)
    const whole = new Set(caseImages(database, one.id, 'all'))
    const others = database.prepare<[], number>('SELECT id FROM image').pluck().all()
    expect(verdict.elsewhere!.photos).toBe(others.filter((imageId) => !whole.has(imageId) && !learned.has(imageId)).length)
    expect(verdict.verdict).toBe(verdictOf(verdict.inside, verdict.elsewhere))
    for (const [index, { difference }] of verdict.lost.entries()) {
      expect(difference).toBeLessThan(0)
      if (index > 0) expect(difference).toBeGreaterThanOrEqual(verdict.lost[index - 1].difference)
    }
  })

  test('that is not scored on the set cannot be judged', async () => {
    const one = listCases(database)[0]
    database.exec('SAVEPOINT unscored')
    database.prepare('DELETE FROM score WHERE model_number = ?').run(modelNumber(database, other()))
    await expect(inSlices(judgeSteps(database, one, other()))).rejects.toThrow('not both scored on this set')
    database.exec('ROLLBACK TO unscored; RELEASE unscored')
  })
})

test('the page tells the whole story: what was found, the snapshots with its corrections, and the models', async () => {
  const one = listCases(database)[0]
  const page = await inSlices(pageSteps(database, one.id))
  expect(page.found!.mean!).toBeLessThan(page.found!.rest!)
  expect(page.worst.map(({ score }) => score)).toEqual(page.worst.map(({ score }) => score).toSorted((a, b) => a - b))
  expect(page.models).toEqual([expect.objectContaining({ modelId: other(), scored: true })])
  for (const { corrections } of page.snapshots) expect(corrections).toBeGreaterThan(0)
  expect(page.models[0].taught).toBe(page.snapshots.length > 0)
})

test('a verdict stays as it was kept, and a case can be opened again and removed', async () => {
  const one = listCases(database)[0]
  const verdict = { ...(await inSlices(judgeSteps(database, one, other()))), author: 'Ada', keptAt: time }
  expect(keepVerdict(database, one.id, verdict).verdict).toEqual(verdict)
  expect(keepVerdict(database, one.id, null).verdict).toBeNull()
  removeCase(database, one.id)
  expect(listCases(database)).toEqual([])
  expect(photoLists(database).map(({ name }) => name)).toContain('Case: Snow')
  expect(() => requireCase(database, one.id)).toThrow('no longer there')
})
