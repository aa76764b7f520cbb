/** Takes a caption's CIDEr-D and BLEU apart, by the code that computes them. */
import { BleuCounter, bleuFromStatistics, bleuRow, bleuRowWidth, brevityPenalty } from '#shared/metrics/bleu.ts'
import { CiderScorer, ciderVector, type CiderVector } from '#shared/metrics/cider.ts'
import type { DocumentFrequency } from '#shared/metrics/document-counter.ts'
import type { ExplainedReference, ExplainedWord, MatchedNgram, MissingNgram, ScoreExplanation } from '#shared/metrics/explanation.ts'
import { idfFromTable } from '#shared/metrics/inverse-document-frequency.ts'
import { maximumOrder, NgramIndex, splitWords, type NgramCounts } from '#shared/metrics/ngrams.ts'

/** A caption as it is read, and parted into words. */
export interface ReadCaption {
  text: string
  tokens: readonly string[]
}

const missingShown = 12

/** Explains a tokenized caption against its references (at least one) by a stored table. Parts of CIDEr-D sum to it. */
export function explainCaption(candidate: readonly string[], references: readonly ReadCaption[], table: DocumentFrequency): ScoreExplanation {
  const index = new NgramIndex()
  const idf = idfFromTable(index, table)
  const words = splitWords(candidate)
  const counts = references.map(({ tokens }) => index.count(splitWords(tokens)))
  const own = index.count(words)
  const weights = idf.current()
  const vectors = counts.map((each) => ciderVector(each, weights))
  const vector = ciderVector(own, weights)
  const scorer = new CiderScorer()
  const parts = new Float64Array(index.size)
  const { damped } = scorer.score(vector, vectors, weights, parts)
  const held = new Map<number, number>()
  for (const { ids } of counts) for (const id of ids) held.set(id, (held.get(id) ?? 0) + 1)
  const explained = references.map(({ text }, place): ExplainedReference => ({
    text,
    cider: scorer.score(vector, [vectors[place]], weights).damped,
    agreement: agreementOf(scorer, vectors, place, weights),
  }))
  const agreements = explained.flatMap(({ agreement }) => agreement ?? [])
  const told = (id: number): MissingNgram => ({ text: index.text(id), order: orderOf(index, id), references: held.get(id) ?? 0, idf: weights[id] })
  return {
    cider: damped,
    images: table.images,
    words: partsOfWords(words, own, index, parts),
    matched: own.ids
      .map((id, place): MatchedNgram => ({ ...told(id), count: own.counts[place], part: parts[id] }))
      .filter(({ references: holding }) => holding > 0)
      .sort((one, other) => other.part - one.part),
    missing: missing(own, held, told),
    references: explained,
    ceiling: agreements.length === 0 ? null : agreements.reduce((sum, each) => sum + each, 0) / agreements.length,
    bleu: explainedBleu(own, counts, index.size),
  }
}

function agreementOf(scorer: CiderScorer, vectors: readonly CiderVector[], place: number, weights: Float64Array): number | null {
  const others = vectors.filter((_, other) => other !== place)
  return others.length === 0 ? null : scorer.score(vectors[place], others, weights).damped
}

function orderOf(index: NgramIndex, ngramId: number): number {
  const prefix = index.prefixOf(ngramId)
  return prefix === -1 ? 1 : 1 + orderOf(index, prefix)
}

/** Every place of an n-gram has an equal part of it, and every word of the place an equal part of that. */
function partsOfWords(words: readonly string[], own: NgramCounts, index: NgramIndex, parts: Float64Array): ExplainedWord[] {
  const countOf = new Map(own.ids.map((id, place) => [id, own.counts[place]]))
  const explained = words.map((text) => ({ text, part: 0 }))
  for (const first of words.keys()) {
    let id = -1
    for (let order = 1; order <= maximumOrder && first + order <= words.length; order++) {
      id = index.find(id, index.findWord(words[first + order - 1]))
      const share = parts[id] / (countOf.get(id) ?? 1) / order
      for (const word of explained.slice(first, first + order)) word.part += share
    }
  }
  return explained
}

/** By how many references hold an n-gram and how much it tells: its tf·idf over all of them. */
function missing(own: NgramCounts, held: ReadonlyMap<number, number>, told: (id: number) => MissingNgram): MissingNgram[] {
  const there = new Set(own.ids)
  return [...held.keys()]
    .filter((id) => !there.has(id))
    .map(told)
    .sort((one, other) => other.references * other.idf - one.references * one.idf)
    .slice(0, missingShown)
}

function explainedBleu(own: NgramCounts, references: readonly NgramCounts[], indexSize: number): ScoreExplanation['bleu'] {
  const row = new Float64Array(bleuRowWidth)
  new BleuCounter().count(own, references, indexSize, row, 0)
  return {
    orders: bleuFromStatistics(row).map((value, order) => ({ correct: row[bleuRow.correct + order], guess: row[bleuRow.guess + order], value })),
    candidateLength: row[bleuRow.candidateLength],
    referenceLength: row[bleuRow.referenceLength],
    brevityPenalty: brevityPenalty(row),
  }
}
