/** What the database was asked, for tests that count rows in place of time. */
import { onTestFinished, vi } from 'vitest'
import { connect } from '#engine/workspace/storage/database.ts'

interface StatementsRun {
  /** Rows that all statements gave together. */
  rows: number
  /** Rows that one gave at most: so many are held at a time. */
  mostRows: number
  /** How many statements of this beginning ran. */
  begunWith(sql: string): number
}

/** Counts from now on, over all connections of this process, to the end of the test. */
export function statementsRun(): StatementsRun {
  const database = connect(':memory:', {})
  const statement = Object.getPrototypeOf(database.prepare('SELECT 1')) as Record<'all' | 'run', (this: { source: string }, ...values: unknown[]) => unknown>
  const sources: string[] = []
  const told: StatementsRun = { rows: 0, mostRows: 0, begunWith: (sql) => sources.filter((source) => source.trimStart().startsWith(sql)).length }
  for (const name of ['all', 'run'] as const) {
    const real = statement[name]
    const spy = vi.spyOn(statement, name).mockImplementation(function (this: { source: string }, ...values) {
      const result = real.apply(this, values)
      sources.push(this.source)
      if (Array.isArray(result)) {
        told.rows += result.length
        told.mostRows = Math.max(told.mostRows, result.length)
      }
      return result
    })
    onTestFinished(() => spy.mockRestore())
  }
  database.close()
  return told
}
