/** One candidate against its references: the statistics of the best-scoring reference. */
import { AppError } from '#shared/errors.ts'
import { align } from './alignment.ts'
import type { Lexicon, Word } from './lexicon.ts'
import { findMatches, type Match } from './matches.ts'
import { normalizedWords } from './normalizer.ts'
import type { ParaphraseTable } from './paraphrase-table.ts'
import { meteorScore } from '#shared/metrics/meteor-score.ts'
import { emptyStatistics, type MeteorStatistics } from '#shared/metrics/meteor-statistics.ts'

export interface MeteorSegment {
  score: number
  statistics: MeteorStatistics
}

/** The same with what was matched to what. */
export interface AlignedSegment extends MeteorSegment {
  /** The place of the best-scoring reference among those given. */
  reference: number
  /** As METEOR parts the two texts. */
  words: { candidate: string[]; reference: string[] }
  /** In the order of the reference. */
  matches: Match[]
}

/** More word pairs than this in one comparison is no caption; it would take gigabytes and minutes. */
const mostWordPairs = 20_000_000

/**
 * Aligns with every reference and keeps the best; the first of equals wins.
 * @throws AppError bad-input where there is no reference, or where both texts are far too long to be captions.
 */
export function alignSegment(candidate: string, references: readonly string[], lexicon: Lexicon, paraphrases: ParaphraseTable | undefined): AlignedSegment {
  const candidateWords = wordsOf(candidate, lexicon)
  let best: (Compared & { score: number; reference: number; referenceWords: Word[] }) | undefined
  for (const [reference, text] of references.entries()) {
    const referenceWords = wordsOf(text, lexicon)
    const compared = compare(candidateWords, referenceWords, paraphrases)
    const score = meteorScore(compared.statistics)
    if (best === undefined || score > best.score) best = { ...compared, score, reference, referenceWords }
  }
  if (best === undefined)
    throw new AppError('bad-input', 'METEOR needs at least one reference for each candidate.', {
      todo: 'Add references, or leave the image out.',
    })
  const { score, statistics, reference, matches, referenceWords } = best
  const texts = (words: readonly Word[]): string[] => words.map(({ text }) => text)
  return { score, statistics, reference, matches, words: { candidate: texts(candidateWords), reference: texts(referenceWords) } }
}

interface Compared {
  statistics: MeteorStatistics
  matches: Match[]
}

/** Words of a caption; `|||` would end it in METEOR's own line format, so it is removed. */
function wordsOf(caption: string, lexicon: Lexicon): Word[] {
  return normalizedWords(caption.replaceAll('|||', '')).map(lexicon)
}

function compare(candidate: readonly Word[], reference: readonly Word[], paraphrases: ParaphraseTable | undefined): Compared {
  if (candidate.length * reference.length > mostWordPairs) throw tooLong(candidate.length, reference.length)
  const { matches, chunks } = align(findMatches(candidate, reference, paraphrases), candidate.length)
  const statistics = emptyStatistics()
  statistics.candidateLength = candidate.length
  statistics.referenceLength = reference.length
  statistics.candidateFunctionWords = functionWords(candidate, 0, candidate.length)
  statistics.referenceFunctionWords = functionWords(reference, 0, reference.length)
  statistics.chunks = chunks
  for (const match of matches) {
    const counts = statistics.modules[match.module]
    const candidateFunction = functionWords(candidate, match.candidateStart, match.candidateLength)
    const referenceFunction = functionWords(reference, match.referenceStart, match.referenceLength)
    counts.candidateFunction += candidateFunction
    counts.referenceFunction += referenceFunction
    counts.candidateContent += match.candidateLength - candidateFunction
    counts.referenceContent += match.referenceLength - referenceFunction
    statistics.candidateMatches += match.candidateLength
    statistics.referenceMatches += match.referenceLength
  }
  return { statistics, matches }
}

function tooLong(candidateLength: number, referenceLength: number): AppError {
  return new AppError('bad-input', `A candidate of ${candidateLength} and a reference of ${referenceLength} words are too long for METEOR.`, {
    todo: 'Shorten them, or score without METEOR.',
  })
}

function functionWords(words: readonly Word[], start: number, length: number): number {
  let count = 0
  for (let position = start; position < start + length; position++) if (words[position]?.isFunctionWord) count++
  return count
}
