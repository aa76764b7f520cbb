/**
 * Index scans that give image ids, remembered until anything in the database changes. Whoever narrows a search or turns an order around asks
 * for most of the same scans again; the answers of the last questions are kept.
 */
import { prepared, type Database } from './database.ts'

export interface IdQuery {
  sql: string
  values: (string | number)[]
}

interface Scans {
  /** What SQLite counts: rows changed over this connection, and commits of others. */
  state: string
  answers: Map<string, Uint32Array>
  /** Of all answers. */
  bytes: number
}

const mostKept = 32 // the counts of all of a filter's lines among them
const mostBytes = 64 * 2 ** 20 // in all: an answer of a million images has 4 MB
const scansOf = new WeakMap<Database, Scans>()

/** Runs a query of one column. The answer is shared: it must not be changed. */
export function scanIds(database: Database, { sql, values }: IdQuery): Uint32Array {
  const state = currentState(database)
  let scans = scansOf.get(database)
  if (scans?.state !== state) {
    scans = { state, answers: new Map(), bytes: 0 }
    scansOf.set(database, scans)
  }
  const key = JSON.stringify([sql, values])
  const known = scans.answers.get(key)
  const ids =
    known ??
    Uint32Array.from(
      prepared<(string | number)[], number>(database, sql)
        .pluck()
        .all(...values),
    )
  scans.answers.delete(key)
  scans.answers.set(key, ids)
  if (known === undefined) scans.bytes += ids.byteLength
  for (const [oldest, { byteLength }] of scans.answers) {
    if (scans.answers.size === 1 || (scans.answers.size <= mostKept && scans.bytes <= mostBytes)) break
    scans.answers.delete(oldest)
    scans.bytes -= byteLength
  }
  return ids
}

function currentState(database: Database): string {
  const own = prepared<[], number>(database, 'SELECT total_changes()').pluck().get() ?? 0
  const others = prepared<[], number>(database, 'PRAGMA data_version').pluck().get() ?? 0
  return `${own} ${others}`
}
