/** The document-frequency table that travels with a model. */
import { buildDocumentFrequency, parseDocumentFrequency, serializeDocumentFrequency, type DocumentFrequency } from '#engine/metrics/document-frequency.ts'
import { tokenizeFor, type Vocabulary } from '#engine/text/vocabulary.ts'
import { z } from 'zod'

const tableSchema = z.looseObject({ ngrams: z.array(z.string()), frequencies: z.array(z.number()) })

/**
 * Counts the references of each photo and drops n-grams that occur with one photo only. CIDEr treats them like n-grams that never occur (a
 * frequency of one), so every score stays the same and the table shrinks to a fraction.
 */
export function storedDocumentFrequency(references: readonly (readonly string[])[], vocabulary: Vocabulary): DocumentFrequency {
  const tokenized = references.map((captions) => captions.map((caption) => tokenizeFor(vocabulary, caption)))
  const table = buildDocumentFrequency(tokenized, vocabulary.tokenizer)
  const json = tableSchema.parse(JSON.parse(serializeDocumentFrequency(table)))
  const kept = json.ngrams.map((_ngram, position) => position).filter((position) => json.frequencies[position] > 1)
  const ngrams = kept.map((position) => json.ngrams[position])
  const frequencies = kept.map((position) => json.frequencies[position])
  return parseDocumentFrequency(JSON.stringify({ ...json, ngrams, frequencies }), 'the table of the training captions')
}
