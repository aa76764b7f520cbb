/** Notes slow statements in the log: their SQL and their time, never their values, which may be captions. */
import type { Database, Statement } from 'better-sqlite3'
import { logSlow } from '#engine/log/log.ts'

/** Milliseconds from which a statement is slow. */
const slowFrom = 100
const longestText = 400 // characters of SQL

type Method = (this: Statement, ...values: unknown[]) => unknown

/** Statements' classes that are timed already: one for each loaded binding. */
const timed = new WeakSet<object>()

/**
 * Times `run`, `get` and `all` of every statement of this process. (`iterate` lasts as long as whoever reads it.) The class is changed rather than
 * each statement: statements are prepared and run by the hundred thousand.
 */
export function noteSlowQueries(database: Database): void {
  const prototype = Object.getPrototypeOf(database.prepare('SELECT 1')) as Record<'run' | 'get' | 'all', Method>
  if (timed.has(prototype)) return
  timed.add(prototype)
  for (const method of ['run', 'get', 'all'] as const) prototype[method] = timedMethod(prototype[method], slowFrom, logSlow)
}

/** A statement's method that calls `note` when it took long. */
export function timedMethod(run: Method, slow: number, note: (what: string, milliseconds: number) => void): Method {
  return function (...values) {
    const started = performance.now()
    const answer = run.apply(this, values)
    const milliseconds = performance.now() - started
    if (milliseconds >= slow) note(this.source.replace(/\s+/g, ' ').trim().slice(0, longestText), milliseconds)
    return answer
  }
}
