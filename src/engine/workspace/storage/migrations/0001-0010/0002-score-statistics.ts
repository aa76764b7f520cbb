import { gunzipSync } from 'node:zlib'
import { z } from 'zod'
import type { Migration } from '../../migration.ts'

const tableSchema = z.looseObject({ tokenizer: z.string() })

/** The tokenizer that a stored table names; '' (which fits none) where it cannot be read. */
function tokenizerOf(content: unknown): string {
  if (!(content instanceof Uint8Array)) return ''
  try {
    return tableSchema.parse(JSON.parse(gunzipSync(content).toString('utf8'))).tokenizer
  } catch {
    return ''
  }
}

/** Scores keep what resampling the corpus needs, evaluations what they stand on, document-frequency tables their tokenizer. */
export const scoreStatistics: Migration = {
  version: 2,
  prepare: (database) => void database.function('tokenizer_of', { deterministic: true }, tokenizerOf),
  sql: `
-- Sufficient statistics (a JSON list of numbers) of metrics that are no mean over images: BLEU's in the row of Bleu_4, METEOR's in its own.
ALTER TABLE score ADD COLUMN statistics TEXT;

-- JSON: tokenizer, METEOR's resources, SPICE's Java and sub-scores.
ALTER TABLE evaluation ADD COLUMN provenance TEXT;

ALTER TABLE document_frequency ADD COLUMN tokenizer TEXT NOT NULL DEFAULT '';
UPDATE document_frequency SET tokenizer = tokenizer_of(content);
`,
}
