import type { Database } from 'better-sqlite3'

/** One numbered step of the schema (`migrations/`). */
export interface Migration {
  /** The schema version this migration leads to (SQLite's user_version). */
  version: number
  /** Registers the functions that the SQL calls. */
  prepare?(database: Database): void
  sql: string
}
