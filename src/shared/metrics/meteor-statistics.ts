/**
 * METEOR's sufficient statistics of one candidate against one reference: 23 numbers, from which every score is computed and which add up.
 */

export const moduleNames = ['exact', 'stem', 'synonym', 'paraphrase'] as const

/** Matched words of one module, by side and by class. */
export interface ModuleMatches {
  candidateContent: number
  referenceContent: number
  candidateFunction: number
  referenceFunction: number
}

export interface MeteorStatistics {
  candidateLength: number
  referenceLength: number
  /** How many of the words are function words. */
  candidateFunctionWords: number
  referenceFunctionWords: number
  /** In the order of `moduleNames`. */
  modules: readonly [ModuleMatches, ModuleMatches, ModuleMatches, ModuleMatches]
  /** Runs of matches that are contiguous and in the same order on both sides. */
  chunks: number
  candidateMatches: number
  referenceMatches: number
}

function noMatches(): ModuleMatches {
  return { candidateContent: 0, referenceContent: 0, candidateFunction: 0, referenceFunction: 0 }
}

/** All numbers zero: the neutral element of `addStatistics`. */
export function emptyStatistics(): MeteorStatistics {
  return {
    candidateLength: 0,
    referenceLength: 0,
    candidateFunctionWords: 0,
    referenceFunctionWords: 0,
    modules: [noMatches(), noMatches(), noMatches(), noMatches()],
    chunks: 0,
    candidateMatches: 0,
    referenceMatches: 0,
  }
}

/** Every word matched, in one chunk: such a segment has no fragmentation. */
export function isPerfect(statistics: MeteorStatistics): boolean {
  return statistics.chunks === 1 && statistics.candidateMatches === statistics.candidateLength && statistics.referenceMatches === statistics.referenceLength
}

/** Adds a segment to a sum, in place. The one chunk of a perfect segment is not counted, so perfect segments stay free of penalty. */
export function addStatistics(sum: MeteorStatistics, segment: MeteorStatistics): void {
  sum.candidateLength += segment.candidateLength
  sum.referenceLength += segment.referenceLength
  sum.candidateFunctionWords += segment.candidateFunctionWords
  sum.referenceFunctionWords += segment.referenceFunctionWords
  sum.modules.forEach((matches, module) => {
    const added = segment.modules[module]
    matches.candidateContent += added.candidateContent
    matches.referenceContent += added.referenceContent
    matches.candidateFunction += added.candidateFunction
    matches.referenceFunction += added.referenceFunction
  })
  if (!isPerfect(segment)) sum.chunks += segment.chunks
  sum.candidateMatches += segment.candidateMatches
  sum.referenceMatches += segment.referenceMatches
}

/** The 23 numbers in the order in which METEOR prints them. */
export function toNumbers(statistics: MeteorStatistics): number[] {
  return [
    statistics.candidateLength,
    statistics.referenceLength,
    statistics.candidateFunctionWords,
    statistics.referenceFunctionWords,
    ...statistics.modules.flatMap((matches) => [matches.candidateContent, matches.referenceContent, matches.candidateFunction, matches.referenceFunction]),
    statistics.chunks,
    statistics.candidateMatches,
    statistics.referenceMatches,
  ]
}

/** How many numbers `toNumbers` gives. */
export const statisticsWidth = 23

/** The inverse of `toNumbers`. */
export function fromNumbers(numbers: ArrayLike<number>): MeteorStatistics {
  const matches = (module: number): ModuleMatches => ({
    candidateContent: numbers[4 + 4 * module],
    referenceContent: numbers[5 + 4 * module],
    candidateFunction: numbers[6 + 4 * module],
    referenceFunction: numbers[7 + 4 * module],
  })
  return {
    candidateLength: numbers[0],
    referenceLength: numbers[1],
    candidateFunctionWords: numbers[2],
    referenceFunctionWords: numbers[3],
    modules: [matches(0), matches(1), matches(2), matches(3)],
    chunks: numbers[20],
    candidateMatches: numbers[21],
    referenceMatches: numbers[22],
  }
}
