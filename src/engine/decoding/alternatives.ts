/** What a captioner could have written in a word's place. */

export interface Alternatives {
  /** The word's own place among all by probability, from 1; of equally probable ones the lower id is ahead. */
  readonly rank: number
  /** The most probable ids, best first. */
  readonly ids: readonly number[]
  readonly logProbabilities: readonly number[]
}

const told = 5

/** The most probable of all ids 0..V, the end and UNK among them, and how far up `id` is. */
export function alternativesTo(id: number, logProbabilities: Float32Array): Alternatives {
  const ahead = (one: number, other: number): boolean =>
    logProbabilities[one] > logProbabilities[other] || (logProbabilities[one] === logProbabilities[other] && one < other)
  const best: number[] = []
  let rank = 1
  for (let each = 0; each < logProbabilities.length; each++) {
    if (ahead(each, id)) rank++
    if (best.length === told && !ahead(each, best[told - 1])) continue
    const place = best.findIndex((known) => ahead(each, known))
    best.splice(place < 0 ? best.length : place, 0, each)
    if (best.length > told) best.pop()
  }
  return { rank, ids: best, logProbabilities: best.map((each) => logProbabilities[each]) }
}
