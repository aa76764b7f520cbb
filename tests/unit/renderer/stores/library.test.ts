import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, test } from 'vitest'
import { anyFilter, type LibraryRow } from '#shared/domain.ts'
import { countConditions, useLibrary } from '../../../../src/renderer/stores/library.ts'
import { createRowCache } from '../../../../src/renderer/library/row-cache.ts'
import { createMemoryBridge, installBridge } from '../../../support/memory-bridge.ts'
import { createMemoryDataset } from '../../../support/memory-dataset.ts'

beforeEach(() => setActivePinia(createPinia()))

const row = (imageId: number, caption = `caption of ${imageId}`): LibraryRow => ({
  imageId,
  fileName: `${imageId}.jpg`,
  split: 'train',
  width: 1,
  height: 1,
  state: 'pending',
  decided: 0,
  caption,
  reviewedText: null,
  score: null,
  references: 0,
  logProbability: null,
  rating: null,
  updatedAt: null,
  tags: [],
  changed: false,
})

/** A promise that is resolved by hand. */
function byHand<Value>(): { promise: Promise<Value>; resolve: (value: Value) => void } {
  let resolve: (value: Value) => void = () => undefined
  return { promise: new Promise((yes) => (resolve = yes)), resolve: (value) => resolve(value) }
}

const noFacets = createMemoryDataset(0).handlers['library.facets']!

describe('library: finding', () => {
  test('of several answers only the one to the newest question counts', async () => {
    const slow = byHand<number[]>()
    installBridge(
      createMemoryBridge({
        'library.ids': ({ filter }) => (filter.text === 'slow' ? slow.promise : [2, 3]),
        'library.facets': noFacets,
        'library.rows': () => [],
      }),
    )
    const library = useLibrary()
    const first = library.setFilter({ text: 'slow' })
    await library.setFilter({ text: 'fast' })
    slow.resolve([1])
    await first
    expect(library.ids).toEqual([2, 3])
    expect(library.searching).toBe(false)
  })

  test('an answer that takes long is said to, until it or that to a newer question is there', async () => {
    const slow = byHand<number[]>()
    installBridge(
      createMemoryBridge({
        'library.ids': ({ filter }) => (filter.unknownWords ? slow.promise : [2, 3]),
        'library.facets': noFacets,
        'library.rows': () => [],
      }),
    )
    const library = useLibrary()
    const first = library.setFilter({ unknownWords: true })
    await expect.poll(() => library.searchingLong).toBe(true)
    await library.setFilter({ unknownWords: false })
    expect([library.ids, library.searchingLong]).toEqual([[2, 3], false])
    slow.resolve([1])
    await first
    expect([library.ids, library.searchingLong]).toEqual([[2, 3], false])
  })

  test('the question carries plain data, not what the window reacts to', async () => {
    let asked: unknown = null
    installBridge(
      createMemoryBridge({
        'library.ids': (input) => {
          asked = input
          return []
        },
        'library.facets': noFacets,
      }),
    )
    await useLibrary().setFilter({ states: ['pending'], score: { metric: 'CIDEr', minimum: 0.2, maximum: null } })
    expect(asked).toMatchObject({ filter: { states: ['pending'], score: { metric: 'CIDEr', minimum: 0.2, maximum: null } } })
  })

  test('a selection keeps to images that still pass the filter', async () => {
    let found = [1, 2, 3, 4]
    installBridge(createMemoryBridge({ 'library.ids': () => found }))
    const library = useLibrary()
    await library.loadIds()
    library.selection = { chosen: new Set([2, 3]), anchor: 1, focus: 2 }
    found = [3, 4]
    await library.loadIds()
    expect(library.selection).toEqual({ chosen: new Set([3]), anchor: 0, focus: 0 })
  })

  test('conditions are counted, the words apart', () => {
    expect(countConditions(anyFilter)).toBe(0)
    expect(countConditions({ ...anyFilter, text: 'dog', states: ['draft'], captioned: 'no' })).toBe(2)
  })

  test('a bulk decision says how many changed and fetches counts and rows anew', async () => {
    const dataset = createMemoryDataset(3)
    const facets = {
      total: 3,
      states: { pending: 3, draft: 0, accepted: 0, corrected: 0, rejected: 0, skipped: 0 },
      splits: { train: 3, dev: 0, test: 0, none: 0 },
      captioned: 3,
      notCaptioned: 0,
      withReferences: 3,
      ratings: {},
      errorTypes: {},
      tags: {},
      authors: [],
      changed: 0,
      begun: 0,
    }
    const bridge = createMemoryBridge({
      ...dataset.handlers,
      'library.facets': () => facets,
      'review.decideMany': ({ imageIds }) => ({ changed: imageIds.length - 1 }),
    })
    installBridge(bridge)
    const library = useLibrary()
    await library.load()
    await library.rows.want(library.ids, 0, 3)
    expect(await library.decideMany([1, 2], 'skip', ['pending'])).toBe(1)
    await library.rows.want(library.ids, 0, 3)
    expect(bridge.calls.filter((name) => name === 'library.rows')).toHaveLength(2)
    expect(bridge.calls.filter((name) => name === 'library.facets')).toHaveLength(2)
  })
})

describe('row cache', () => {
  const ids = Array.from({ length: 1000 }, (_, index) => index + 1)

  test('rows are fetched in whole pages and only once', async () => {
    const asked: number[][] = []
    const cache = createRowCache((wanted) => {
      asked.push(wanted)
      return Promise.resolve(wanted.map((id) => row(id)))
    })
    await Promise.all([cache.want(ids, 130, 140), cache.want(ids, 135, 150)])
    await cache.want(ids, 121, 200)
    expect(asked).toHaveLength(1)
    expect(asked[0]).toEqual(ids.slice(120, 240))
    expect(cache.get(150)?.caption).toBe('caption of 150')
  })

  test('what is old stays in sight until it is fetched anew', async () => {
    let version = 1
    const cache = createRowCache((wanted) => Promise.resolve(wanted.map((id) => row(id, `version ${version}`))))
    await cache.want(ids, 0, 10)
    cache.expire()
    version = 2
    expect(cache.get(1)?.caption).toBe('version 1')
    await cache.want(ids, 0, 10)
    expect(cache.get(1)?.caption).toBe('version 2')
  })

  test('an answer that was asked for before everything expired is dropped', async () => {
    const late = byHand<LibraryRow[]>()
    let first = true
    const cache = createRowCache((wanted) => {
      if (!first) return Promise.resolve(wanted.map((id) => row(id, 'new')))
      first = false
      return late.promise
    })
    const asking = cache.want(ids, 0, 10)
    cache.expire()
    await cache.want(ids, 0, 10)
    late.resolve([row(1, 'old')])
    await asking
    expect(cache.get(1)?.caption).toBe('new')
  })

  test('a row that was changed while it was being fetched keeps the change', async () => {
    const late = byHand<LibraryRow[]>()
    const cache = createRowCache(() => late.promise)
    const asking = cache.want(ids, 0, 10)
    cache.put(row(1, 'changed here'))
    late.resolve([row(1, 'older')])
    await asking
    expect(cache.get(1)?.caption).toBe('changed here')
  })
})
