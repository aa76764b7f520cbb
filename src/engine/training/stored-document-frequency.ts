/** The document-frequency table that travels with a model. */
import { buildDocumentFrequency, parseDocumentFrequency, serializeDocumentFrequency, type DocumentFrequency } from '#engine/metrics/document-frequency.ts'
import { tokenizeFor, type Vocabulary } from '#engine/text/vocabulary.ts'
import { z } from 'zod'

/**
 * Counts the references of each photo and leaves out n-grams that occur with one photo only: CIDEr treats those like n-grams that never
 * occur (a frequency of one), so every score stays the same while the table shrinks to a fraction.
 */
export function storedDocumentFrequency(references: readonly (readonly string[])[], vocabulary: Vocabulary): DocumentFrequency {
  const tokenized = references.map((captions) => captions.map((caption) => tokenizeFor(vocabulary, caption)))
  const table = buildDocumentFrequency(tokenized, vocabulary.tokenizer)
  const json = z.looseObject({ ngrams: z.record(z.string(), z.number()) }).parse(JSON.parse(serializeDocumentFrequency(table)))
  const ngrams = Object.fromEntries(Object.entries(json.ngrams).filter(([, frequency]) => frequency > 1))
  return parseDocumentFrequency(JSON.stringify({ ...json, ngrams }), 'the table of the training captions')
}
