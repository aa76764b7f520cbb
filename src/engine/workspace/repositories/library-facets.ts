/** The counts beside the filter's lines. Each line counts among the images that pass the filter's other conditions, the search included. */
import type { LibraryFacets, LibraryFilter, ReviewState, Split } from '#shared/domain.ts'
import { prepared, type Database } from '../storage/database.ts'
import { scanIds } from '../storage/id-scans.ts'
import { begunPhotos, filterQueries, passingImages } from './library.ts'
import { parseErrorTypes } from './reviews.ts'

export function libraryFacets(database: Database, filter: LibraryFilter, modelNumber: number | null): LibraryFacets {
  const states: Record<ReviewState, number> = { pending: 0, draft: 0, accepted: 0, corrected: 0, rejected: 0, skipped: 0 }
  const splits: Record<Split, number> = { train: 0, dev: 0, test: 0, none: 0 }
  const model = modelNumber ?? -1

  const known = new Map<string, Uint8Array | null>()
  /** The images that pass all conditions but some; null where there are no others. Most lines count among the same. */
  const others = (but: Partial<LibraryFilter>): Uint8Array | null => {
    const rest = { ...filter, ...but }
    const key = JSON.stringify(rest)
    const before = known.get(key)
    if (before !== undefined) return before
    const { wanted, unwanted } = filterQueries(rest, modelNumber)
    const passes = wanted.length + unwanted.length === 0 ? null : passingImages(database, rest, modelNumber)
    known.set(key, passes)
    return passes
  }
  const count = (passes: Uint8Array | null, from: string, values: (string | number)[], id: string): number => {
    if (passes === null)
      return (
        prepared<(string | number)[], number>(database, `SELECT count(*) FROM ${from}`)
          .pluck()
          .get(...values) ?? 0
      )
    let counted = 0
    for (const imageId of scanIds(database, { sql: `SELECT ${id} FROM ${from}`, values })) counted += passes[imageId]
    return counted
  }

  /** How many images have each value of a column, of a table that may name an image several times. */
  const tally = (passes: Uint8Array | null, column: string, table: string): Record<string, number> => {
    const values = prepared<[], string | number>(database, `SELECT DISTINCT ${column} FROM ${table} WHERE ${column} IS NOT NULL`).pluck().all()
    return Object.fromEntries(
      values.map((value) => [value, count(passes, `(SELECT DISTINCT image_id FROM ${table} WHERE ${column} = ?)`, [value], 'image_id')]),
    )
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

  const butStates = others({ states: [] })
  for (const state of Object.keys(states) as ReviewState[]) states[state] = count(butStates, 'image WHERE review_state = ?', [state], 'id')
  const butSplits = others({ splits: [] })
  for (const split of Object.keys(splits) as Split[]) splits[split] = count(butSplits, 'image WHERE split = ?', [split], 'id')
  const butCaptioned = others({ captioned: 'any' })
  const captioned = count(butCaptioned, 'caption WHERE model_number = ? AND rank = 0 AND superseded = 0', [model], 'image_id')
  const captionable = count(butCaptioned, 'image', [], 'id')
  return {
    total: count(null, 'image', [], 'id'),
    states,
    splits,
    captioned,
    notCaptioned: captionable - captioned,
    begun: count(others({ begun: false }), begunPhotos, [], 'id'),
    changed: count(others({ changed: false }), 'changed_photo', [], 'image_id'),
    withReferences: count(null, 'image WHERE reference_count > 0', [], 'id'),
    ratings: tally(others({ ratings: [] }), 'rating', 'review'),
    errorTypes: tallyErrors(others({ errorTypes: [] })),
    tags: tally(others({ tags: [] }), 'name', 'tag'),
    authors: Object.entries(tally(others({ authors: [] }), 'author', 'photo_author')).map(([name, images]) => ({ name, images })),
  }
}
