/** The counts beside the filter's lines. Each line counts among the images that pass the filter's other conditions, the search included. */
import type { LibraryFacets, LibraryFilter, ReviewState, Split } from '#shared/domain.ts'
import { prepared, type Database } from '../storage/database.ts'
import { filterQueries, passingImages } from './library.ts'

export function libraryFacets(database: Database, filter: LibraryFilter, modelNumber: number | null): LibraryFacets {
  const states: Record<ReviewState, number> = { pending: 0, draft: 0, accepted: 0, corrected: 0, rejected: 0, skipped: 0 }
  const splits: Record<Split, number> = { train: 0, dev: 0, test: 0, none: 0 }
  const model = modelNumber ?? -1

  const others = (but: Partial<LibraryFilter>): Uint8Array | null => {
    const rest = { ...filter, ...but }
    const { wanted, unwanted } = filterQueries(rest, modelNumber)
    return wanted.length + unwanted.length === 0 ? null : passingImages(database, rest, modelNumber)
  }
  const count = (passes: Uint8Array | null, from: string, values: (string | number)[], id: string): number => {
    if (passes === null)
      return (
        prepared<(string | number)[], number>(database, `SELECT count(*) FROM ${from}`)
          .pluck()
          .get(...values) ?? 0
      )
    let counted = 0
    for (const imageId of prepared<(string | number)[], number>(database, `SELECT ${id} FROM ${from}`)
      .pluck()
      .all(...values))
      counted += passes[imageId]
    return counted
  }

  const butStates = others({ states: [] })
  for (const state of Object.keys(states) as ReviewState[]) states[state] = count(butStates, 'review WHERE state = ?', [state], 'image_id')
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
    withReferences: count(null, 'image WHERE reference_count > 0', [], 'id'),
  }
}
