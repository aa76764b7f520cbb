import { describe, expect, test } from 'vitest'
import { closeDatabase, openDatabase, type Database } from '#engine/workspace/storage/database.ts'
import type { IdQuery } from '#engine/workspace/storage/id-scans.ts'
import { filterQueries, libraryIds, orderQueries } from '#engine/workspace/repositories/library.ts'
import { libraryFilterSchema, librarySortSchema, type LibraryFilter, type LibrarySort } from '#shared/domain.ts'
import type { z } from 'zod'
import { generateLibrary } from '../../../support/large-library.ts'
import { temporaryFolder } from '../../../support/temporary-folder.ts'
import { captionImages, importedImage, importImages, testWorkspace, type TestWorkspace } from '../../../support/workspace.ts'

type Filter = z.input<typeof libraryFilterSchema>
type Sort = z.input<typeof librarySortSchema>

/** Six images: 1–4 captioned, 1–3 scored, references on all, some reviewed. */
async function smallLibrary(): Promise<TestWorkspace> {
  const workspace = await testWorkspace()
  const root = `${workspace.folder}/photos`
  const names = ['zebra.jpg', 'Apple 10.jpg', 'apple 9.jpg', 'café.jpg', 'dog_run.jpg', 'x.jpg']
  const texts = ['a red car', 'two dogs', 'a dog on grass', 'an old town', 'nothing', 'the sea']
  const splits = ['train', 'dev', 'train', 'none', 'test', 'train'] as const
  await importImages(
    workspace,
    names.map((fileName, i) => importedImage(root, i + 1, { fileName, split: splits[i], references: [{ text: texts[i], source: 'file' }] })),
  )
  await captionImages(workspace, [1, 2, 3, 4])
  const [{ id: documentFrequencyId }] = workspace.reader.prepare<[], { id: string }>('SELECT id FROM document_frequency').all()
  await workspace.service.applyBatch(1, {
    kind: 'scores',
    modelId: 'base',
    referenceSet: 'references',
    documentFrequencyId,
    rows: [0.5, 2, 1].map((CIDEr, i) => ({ imageId: i + 1, scores: { CIDEr } })),
  })
  await workspace.call('review.decide', {
    imageId: 1,
    slot: 0,
    expectedRevision: 0,
    decision: { kind: 'correct', candidateId: null, text: 'un éléphant', errorTypes: ['object', 'count'], rating: null },
  })
  await workspace.call('review.decide', { imageId: 6, slot: 0, expectedRevision: 0, decision: { kind: 'skip' } })
  return workspace
}

describe('finding images', () => {
  test('by state, split, error type, caption, score and text, and by all of them together', async () => {
    const { call } = await smallLibrary()
    const find = (filter: Filter, sort: Sort = {}): Promise<number[]> => call('library.ids', { filter, sort })
    expect(await find({})).toEqual([1, 2, 3, 4, 5, 6])
    expect(await find({ states: ['corrected', 'skipped'] })).toEqual([1, 6])
    expect(await find({ splits: ['train', 'none'] })).toEqual([1, 3, 4, 6])
    expect(await find({ errorTypes: ['count', 'wording'] })).toEqual([1])
    expect(await find({ errorTypes: ['wording'] })).toEqual([])
    expect(await find({ captioned: 'yes' })).toEqual([1, 2, 3, 4])
    expect(await find({ captioned: 'no' })).toEqual([5, 6])
    expect(await find({ captioned: 'no', modelId: 'other' })).toEqual([1, 2, 3, 4, 5, 6])
    expect(await find({ score: { metric: 'CIDEr', minimum: 1, maximum: null } })).toEqual([2, 3])
    expect(await find({ score: { metric: 'CIDEr', minimum: null, maximum: 0.9 } })).toEqual([1])
    expect(await find({ states: ['pending'], splits: ['train', 'dev'], captioned: 'yes', text: 'dog' })).toEqual([2, 3])
  })

  test('by words of the file name, a candidate, a reference or the reviewed text, in any order, as beginnings, whatever accents', async () => {
    const { call } = await smallLibrary()
    const find = (text: string): Promise<number[]> => call('library.ids', { filter: { text }, sort: {} })
    expect(await find('do')).toEqual([2, 3, 5])
    expect(await find('grass DOG')).toEqual([3])
    expect(await find('cafe')).toEqual([4])
    expect(await find('elephant')).toEqual([1])
    expect(await find('badly 3')).toEqual([3])
    expect(await find('apple')).toEqual([2, 3])
    expect(await find('"dog" OR (NEAR *')).toEqual([])
    expect(await find('   ')).toEqual([1, 2, 3, 4, 5, 6])
    // What no word has is looked for as it is.
    expect(await find(' , ')).toEqual([])
    expect(await find('%')).toEqual([])
    expect(await find('_')).toEqual([5])
    expect(await find('.')).toEqual([1, 2, 3, 4, 5, 6])
    // An undone correction is no longer found.
    await call('review.undo')
    await call('review.undo')
    expect(await find('elephant')).toEqual([])
  })

  test('in every order, images without a value last', async () => {
    const { call } = await smallLibrary()
    const order = (sort: Sort, filter: Filter = {}): Promise<number[]> => call('library.ids', { filter, sort })
    expect(await order({ by: 'position', direction: 'descending' })).toEqual([6, 5, 4, 3, 2, 1])
    expect(await order({ by: 'name' })).toEqual([3, 2, 4, 5, 6, 1])
    expect(await order({ by: 'score' })).toEqual([1, 3, 2, 4, 5, 6])
    expect(await order({ by: 'score', direction: 'descending' })).toEqual([2, 3, 1, 4, 5, 6])
    expect(await order({ by: 'score', direction: 'descending' }, { splits: ['train'] })).toEqual([3, 1, 6])
    expect(await order({ by: 'log-probability' })).toEqual([4, 3, 2, 1, 5, 6])
    expect(await order({ by: 'state' })).toEqual([2, 3, 4, 5, 1, 6])
    expect(await order({ by: 'updated', direction: 'descending' })).toEqual([6, 1, 2, 3, 4, 5])
  })

  test('rows and counts say what the grid shows', async () => {
    const { call } = await smallLibrary()
    const rows = await call('library.rows', { imageIds: [5, 1, 77], modelId: null, metric: 'CIDEr' })
    expect(rows).toEqual([
      {
        imageId: 5,
        fileName: 'dog_run.jpg',
        split: 'test',
        width: 640,
        height: 480,
        state: 'pending',
        decided: 0,
        caption: null,
        reviewedText: null,
        score: null,
        references: 1,
        logProbability: null,
        rating: null,
        updatedAt: null,
        tags: [],
        changed: false,
      },
      {
        imageId: 1,
        fileName: 'zebra.jpg',
        split: 'train',
        width: 640,
        height: 480,
        state: 'corrected',
        decided: 1,
        caption: 'base says 1 well',
        reviewedText: 'un éléphant',
        score: 0.5,
        references: 1,
        logProbability: -1,
        rating: null,
        updatedAt: expect.any(String) as string,
        tags: [],
        changed: false,
      },
    ])
    expect(await call('library.facets')).toEqual({
      total: 6,
      states: { pending: 4, draft: 0, accepted: 0, corrected: 1, rejected: 0, skipped: 1 },
      splits: { train: 3, dev: 1, test: 1, none: 1 },
      captioned: 4,
      notCaptioned: 2,
      withReferences: 6,
      ratings: {},
      errorTypes: { object: 1, count: 1 },
      tags: {},
      authors: [{ name: 'Ada', images: 2 }],
      changed: 0,
      begun: 0,
    })
  })
})

describe('on a large library', () => {
  const filters: Filter[] = [
    { states: ['pending', 'draft'] },
    { splits: ['train'] },
    { errorTypes: ['object', 'count'] },
    { ratings: [4, 5] },
    { tags: ['night'] },
    { listId: 1 },
    { authors: ['Ada'] },
    { captioned: 'yes' },
    { captioned: 'no' },
    { score: { metric: 'CIDEr', minimum: 0.5, maximum: 1 } },
    { begun: true },
    { unknownWords: true },
  ]
  const sorts: LibrarySort['by'][] = ['position', 'name', 'score', 'log-probability', 'state', 'updated', 'split', 'rating', 'list']

  async function large(work: (database: Database, modelNumber: number) => void): Promise<void> {
    const database = await openDatabase(temporaryFolder(), true)
    try {
      generateLibrary(database, 3000)
      work(database, database.prepare<[], number>("SELECT number FROM model WHERE id = 'm1'").pluck().get()!)
    } finally {
      closeDatabase(database)
    }
  }

  test('every filter and every order reads one covering index or the primary key, and sorts nothing', async () => {
    await large((database, modelNumber) => {
      const plan = ({ sql, values }: IdQuery): string[] =>
        database
          .prepare<(string | number)[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
          .all(...values)
          .map(({ detail }) => detail)
      const queries = filters.flatMap((filter) => {
        const { wanted, unwanted } = filterQueries(libraryFilterSchema.parse(filter), modelNumber)
        return [...wanted, ...unwanted]
      })
      for (const by of sorts)
        for (const direction of ['ascending', 'descending'] as const) queries.push(...orderQueries(librarySortSchema.parse({ by, direction }), modelNumber))
      for (const query of queries) {
        const steps = plan(query)
        expect(steps, query.sql).toHaveLength(1)
        expect(steps[0], query.sql).toMatch(/COVERING INDEX|^SCAN image$|PRIMARY KEY/u)
      }
      const [text] = filterQueries(libraryFilterSchema.parse({ text: 'dog' }), modelNumber).wanted
      expect(plan(text)).toEqual([expect.stringContaining('VIRTUAL TABLE INDEX')])
    })
  })

  test('intersecting clauses finds the same images as one slow query', async () => {
    await large((database, modelNumber) => {
      const filter: LibraryFilter = libraryFilterSchema.parse({
        states: ['pending', 'accepted'],
        splits: ['train'],
        captioned: 'yes',
        score: { metric: 'CIDEr', minimum: 0.4, maximum: 1.7 },
        text: 'dog beach',
      })
      const found = libraryIds(database, filter, librarySortSchema.parse({ by: 'score', direction: 'descending' }), modelNumber)
      const slow = database
        .prepare<[], number>(
          `SELECT image.id FROM image JOIN review ON review.image_id = image.id JOIN score ON score.image_id = image.id
           WHERE state IN ('pending', 'accepted') AND split = 'train' AND metric = 'CIDEr' AND value BETWEEN 0.4 AND 1.7
             AND EXISTS (SELECT 1 FROM reference WHERE image_id = image.id AND text LIKE '%dog%beach%')
           ORDER BY value DESC, image.id DESC`,
        )
        .pluck()
        .all()
      expect(found.length).toBeGreaterThan(50)
      expect(found).toEqual(slow)
    })
  })
})
