/** All the ways in which words or phrases of a candidate and a reference may match. Which of them are used is the aligner's choice. */
import { areSynonyms, type Word } from './lexicon.ts'
import type { ParaphraseTable } from './paraphrase-table.ts'

/** Index into `moduleNames`: exact, stem, synonym, paraphrase. */
export type ModuleIndex = 0 | 1 | 2 | 3

/** A run of candidate words that may stand for a run of reference words. Starts and lengths count words. */
export interface Match {
  readonly module: ModuleIndex
  readonly candidateStart: number
  readonly candidateLength: number
  readonly referenceStart: number
  readonly referenceLength: number
}

/**
 * The matches by the reference word they start at, within one word ordered by module, then by candidate position. Identical sentences get
 * their exact matches only.
 */
export function findMatches(candidate: readonly Word[], reference: readonly Word[], paraphrases: ParaphraseTable | undefined): Match[][] {
  const byReferenceStart: Match[][] = reference.map(() => [])
  addWordMatches(byReferenceStart, candidate, reference, 0, (left, right) => left.text === right.text)
  const identical = candidate.length === reference.length && candidate.every((word, position) => word.text === reference[position]?.text)
  if (identical) return byReferenceStart
  addWordMatches(byReferenceStart, candidate, reference, 1, (left, right) => left.stem === right.stem && left.text !== right.text)
  addWordMatches(byReferenceStart, candidate, reference, 2, (left, right) => left.text !== right.text && areSynonyms(left, right))
  if (paraphrases !== undefined) addParaphrases(byReferenceStart, candidate, reference, paraphrases)
  return byReferenceStart
}

function addWordMatches(
  byReferenceStart: Match[][],
  candidate: readonly Word[],
  reference: readonly Word[],
  module: ModuleIndex,
  isMatch: (candidateWord: Word, referenceWord: Word) => boolean,
): void {
  for (let referenceStart = 0; referenceStart < reference.length; referenceStart++) {
    const referenceWord = reference[referenceStart]
    for (let candidateStart = 0; candidateStart < candidate.length; candidateStart++) {
      if (!isMatch(candidate[candidateStart], referenceWord)) continue
      byReferenceStart[referenceStart]?.push({ module, candidateStart, candidateLength: 1, referenceStart, referenceLength: 1 })
    }
  }
}

function addParaphrases(byReferenceStart: Match[][], candidate: readonly Word[], reference: readonly Word[], paraphrases: ParaphraseTable): void {
  const candidatePhrases = paraphrases.phrasesIn(candidate.map((word) => word.text))
  const referencePhrases = paraphrases.phrasesIn(reference.map((word) => word.text))
  for (const target of referencePhrases)
    for (const source of candidatePhrases) {
      if (!paraphrases.areParaphrases(source.phrase, target.phrase)) continue
      byReferenceStart[target.start]?.push({
        module: 3,
        candidateStart: source.start,
        candidateLength: source.length,
        referenceStart: target.start,
        referenceLength: target.length,
      })
    }
}
