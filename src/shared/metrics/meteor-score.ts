/** METEOR 1.5's score from statistics, with the English parameters of its default task (rank). */
import { isPerfect, type MeteorStatistics } from './meteor-statistics.ts'

export interface MeteorParameters {
  /** Weight of recall in the harmonic mean. */
  alpha: number
  /** Exponent of the fragmentation. */
  beta: number
  /** Weight of the fragmentation penalty. */
  gamma: number
  /** Weight of content words against function words. */
  delta: number
  /** Weights of exact, stem, synonym and paraphrase matches. */
  modules: readonly [number, number, number, number]
}

export const englishRank: MeteorParameters = { alpha: 0.85, beta: 0.2, gamma: 0.6, delta: 0.75, modules: [1, 0.6, 0.8, 0.6] }

/** The score in [0, 1]; 0 where nothing matches. Works on the statistics of a segment and on summed ones alike. */
export function meteorScore(statistics: MeteorStatistics, parameters: MeteorParameters = englishRank): number {
  const { alpha, beta, gamma, delta } = parameters
  let candidateWeight = 0
  let referenceWeight = 0
  statistics.modules.forEach((matches, module) => {
    const weight = parameters.modules[module]
    candidateWeight += weight * (delta * matches.candidateContent + (1 - delta) * matches.candidateFunction)
    referenceWeight += weight * (delta * matches.referenceContent + (1 - delta) * matches.referenceFunction)
  })
  const precision = candidateWeight / weightedLength(statistics.candidateLength, statistics.candidateFunctionWords, delta)
  const recall = referenceWeight / weightedLength(statistics.referenceLength, statistics.referenceFunctionWords, delta)
  const mean = 1 / ((1 - alpha) / precision + alpha / recall)
  const matched = (statistics.candidateMatches + statistics.referenceMatches) / 2
  const fragmentation = isPerfect(statistics) ? 0 : statistics.chunks / matched
  const score = mean * (1 - gamma * Math.pow(fragmentation, beta))
  return Number.isNaN(score) ? 0 : score
}

function weightedLength(length: number, functionWords: number, delta: number): number {
  return delta * (length - functionWords) + (1 - delta) * functionWords
}
