/** Scores of one caption while it is typed: everything about the references is worked out once. */
import { AppError } from '#shared/errors.ts'
import type { Scores } from '#shared/metrics/evaluations.ts'
import type { DocumentFrequency } from '#shared/metrics/document-counter.ts'
import { BleuCounter, bleuFromStatistics, bleuRowWidth } from '#shared/metrics/bleu.ts'
import { CiderScorer, ciderVector } from '#shared/metrics/cider.ts'
import { idfFromTable } from '#shared/metrics/inverse-document-frequency.ts'
import { NgramIndex, splitWords } from '#shared/metrics/ngrams.ts'
import { RougeL, rougeTokens } from '#shared/metrics/rouge.ts'

/**
 * Prepares the references of one image; the function returned scores one tokenized candidate.
 * A CIDEr needs document frequencies of many images, hence the stored table.
 * @throws AppError `bad-input` without references
 */
export function liveScorer(references: readonly (readonly string[])[], table: DocumentFrequency): (candidate: readonly string[]) => Scores {
  if (references.length === 0) {
    throw new AppError('bad-input', 'The image has no reference caption to score against.', { todo: 'Add a reference.' })
  }
  const index = new NgramIndex()
  const wordIds = (tokens: readonly string[]): number[] => tokens.map((token) => index.wordId(token))
  const idf = idfFromTable(index, table)
  const counts = references.map((tokens) => index.count(splitWords(tokens)))
  const vectors = counts.map((each) => ciderVector(each, idf.current()))
  const sequences = references.map((tokens) => wordIds(rougeTokens(tokens)))
  const bleu = new BleuCounter()
  const rouge = new RougeL()
  const cider = new CiderScorer()
  const row = new Float64Array(bleuRowWidth)
  return (tokens) => {
    const candidate = index.count(splitWords(tokens))
    bleu.count(candidate, counts, index.size, row, 0)
    const [Bleu_1, Bleu_2, Bleu_3, Bleu_4] = bleuFromStatistics(row)
    const ROUGE_L = rouge.score(wordIds(rougeTokens(tokens)), sequences)
    const CIDEr = cider.score(ciderVector(candidate, idf.current()), vectors, idf.current()).damped
    return { Bleu_1, Bleu_2, Bleu_3, Bleu_4, ROUGE_L, CIDEr }
  }
}
