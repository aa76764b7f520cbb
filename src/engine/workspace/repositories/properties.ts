/** Facts about the workspace itself: its name, when it was made, which document-frequency table and tokenizer are in force. */
import { prepared, type Database } from '../storage/database.ts'

/** What the person of this computer sealed (see `seals.ts`). */
export type SealName = `seal of ${'job' | 'root' | 'experiment'} ${string}`
export type PropertyName =
  | 'name'
  | 'created_at'
  | 'document_frequency_id'
  | 'imported_document_frequency_id'
  | 'scoring_tokenizer'
  | 'spelled_with'
  | 'captions_wanted'
  | 'references_edited'
  | SealName

export function readProperty(database: Database, name: PropertyName): string | undefined {
  return prepared<[string], string>(database, 'SELECT value FROM property WHERE name = ?').pluck().get(name)
}

export function writeProperty(database: Database, name: PropertyName, value: string): void {
  database.prepare('INSERT INTO property (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value').run(name, value)
}

/** How many captions by people each photo is to have. */
export function captionsWanted(database: Database): number {
  return Number(readProperty(database, 'captions_wanted') ?? 1)
}
