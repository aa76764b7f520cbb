/**
 * The counts beside the filter's lines. Each line counts among the images that pass the filter's other conditions, the search included. A count is a step: of
 * a million photos all of them together take half a second, and rows that the window waits for must not wait for them.
 */
import type { LibraryFacets, LibraryFilter, ReviewState, Split } from '#shared/domain.ts'
import { prepared, type Database } from '../storage/database.ts'
import { scanIds } from '../storage/id-scans.ts'
import { begunPhotos, filterQueries, passingSteps } from './library.ts'
import { parseErrorTypes } from './reviews.ts'

type Steps<Result> = Generator<undefined, Result>

export function* libraryFacets(database: Database, filter: LibraryFilter, modelNumber: number | null): Steps<LibraryFacets> {
  const states: Record<ReviewState, number> = { pending: 0, draft: 0, accepted: 0, corrected: 0, rejected: 0, skipped: 0 }
  const splits: Record<Split, number> = { train: 0, dev: 0, test: 0, none: 0 }
  const model = modelNumber ?? -1

  const known = new Map<string, Uint8Array | null>()
  /** The images that pass all conditions but some; null where there are no others. Most lines count among the same. */
  const others = function* (but: Partial<LibraryFilter>): Steps<Uint8Array | null> {
    const rest = { ...filter, ...but }
    const key = JSON.stringify(rest)
    const before = known.get(key)
    if (before !== undefined) return before
    const { wanted, unwanted } = filterQueries(rest, modelNumber)
    const passes = wanted.length + unwanted.length === 0 ? null : yield* passingSteps(database, rest, modelNumber)
    known.set(key, passes)
    return passes
  }
  const count = function* (passes: Uint8Array | null, from: string, values: (string | number)[], id: string): Steps<number> {
    yield
    if (passes === null)
      return (
        prepared<(string | number)[], number>(database, `SELECT count(*) FROM ${from}`)
          .pluck()
          .get(...values) ?? 0
      )
    let counted = 0
    // An image may have come since the others were asked for.
    for (const imageId of scanIds(database, { sql: `SELECT ${id} FROM ${from}`, values })) if (passes[imageId] === 1) counted += 1
    return counted
  }

  /** How many images have each value of a column, of a table that may name an image several times. */
  const tally = function* (passes: Uint8Array | null, column: string, table: string): Steps<Record<string, number>> {
    const values = prepared<[], string | number>(database, `SELECT DISTINCT ${column} FROM ${table} WHERE ${column} IS NOT NULL`).pluck().all()
    const counts: Record<string, number> = {}
    for (const value of values) counts[value] = yield* count(passes, `(SELECT DISTINCT image_id FROM ${table} WHERE ${column} = ?)`, [value], 'image_id')
    return counts
  }

  /** How many images have each error type, whichever of their captions have it. The index has equal lists one after the other. */
  const tallyErrors = (passes: Uint8Array | null): Record<string, number> => {
    const images = new Map<string, Set<number>>()
    let before = { list: '', types: [] as string[] }
    for (const [list, imageId] of prepared<[], [string, number]>(database, "SELECT error_types, image_id FROM review WHERE error_types <> '[]'").raw().all()) {
      if (passes !== null && passes[imageId] !== 1) continue
      if (list !== before.list) before = { list, types: parseErrorTypes(list) }
      for (const type of before.types) {
        const ofType = images.get(type)
        if (ofType === undefined) images.set(type, new Set([imageId]))
        else ofType.add(imageId)
      }
    }
    return Object.fromEntries(Array.from(images, ([type, { size }]) => [type, size]))
  }

  const butStates = yield* others({ states: [] })
  for (const state of Object.keys(states) as ReviewState[]) states[state] = yield* count(butStates, 'image WHERE review_state = ?', [state], 'id')
  const butSplits = yield* others({ splits: [] })
  for (const split of Object.keys(splits) as Split[]) splits[split] = yield* count(butSplits, 'image WHERE split = ?', [split], 'id')
  const butCaptioned = yield* others({ captioned: 'any' })
  const captioned = yield* count(butCaptioned, 'caption WHERE model_number = ? AND rank = 0 AND superseded = 0', [model], 'image_id')
  const captionable = yield* count(butCaptioned, 'image', [], 'id')
  const authors = yield* tally(yield* others({ authors: [] }), 'author', 'photo_author')
  return {
    total: yield* count(null, 'image', [], 'id'),
    states,
    splits,
    captioned,
    notCaptioned: captionable - captioned,
    begun: yield* count(yield* others({ begun: false }), begunPhotos, [], 'id'),
    changed: yield* count(yield* others({ changed: false }), 'changed_photo', [], 'image_id'),
    withReferences: yield* count(null, 'image WHERE reference_count > 0', [], 'id'),
    ratings: yield* tally(yield* others({ ratings: [] }), 'rating', 'review'),
    errorTypes: tallyErrors(yield* others({ errorTypes: [] })),
    tags: yield* tally(yield* others({ tags: [] }), 'name', 'tag'),
    authors: Object.entries(authors).map(([name, images]) => ({ name, images })),
  }
}
