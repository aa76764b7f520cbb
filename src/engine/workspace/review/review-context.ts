import type { Database } from '../storage/database.ts'

/** Who changes what, and when. */
export interface ReviewContext {
  database: Database
  author: string
  time: string
}
