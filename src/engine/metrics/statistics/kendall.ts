/**
 * Kendall's rank correlation of scores with ratings, τ-b and τ-c (Kendall 1945; Stuart 1953): how far a metric puts captions in the order that people
 * do. Ratings have few values, so that pairs are tied: τ-b takes ties out on both sides, τ-c goes by the smaller number of different values, and
 * reaches 1 also where the scores have more values than the ratings. Both are of pairs counted with weights, so that a resample of photos needs no sorting.
 */
import { percentiles, resamplesOf, type BootstrapOptions, type Interval } from './bootstrap.ts'

export interface RankCorrelation {
  /** null where either side has one value alone */
  tauB: number | null
  tauC: number | null
}

/** One caption of one photo: its score and what a person said of it. */
export interface RatedScore {
  score: number
  rating: number
  /** The photo; captions of one photo are drawn together. */
  group: number | string
}

export interface RankAgreement {
  tauB: Interval | null
  tauC: Interval | null
}

interface Ranked {
  /** Places of the pairs by rising score. */
  order: Int32Array
  scores: Float64Array
  /** The rank of each pair's rating among the different ratings, from 0. */
  levels: Int32Array
  levelCount: number
}

/** τ-b and τ-c of scores with ratings, each pair once. Lists of the same length; NaN is not allowed. */
export function kendall(scores: readonly number[], ratings: readonly number[]): RankCorrelation {
  return correlationOf(rank(scores, ratings), () => 1)
}

/** The same with percentile intervals: photos are drawn with replacement, with all their captions and ratings. */
export function kendallIntervals(pairs: readonly RatedScore[], options: BootstrapOptions = {}): RankAgreement {
  const ranked = rank(
    pairs.map(({ score }) => score),
    pairs.map(({ rating }) => rating),
  )
  const groups = new Map<number | string, number>()
  const groupOf = Int32Array.from(pairs, ({ group }) => {
    const known = groups.get(group) ?? groups.size
    groups.set(group, known)
    return known
  })
  const value = correlationOf(ranked, () => 1)
  const drawn = { tauB: [] as number[], tauC: [] as number[] }
  for (const weights of resamplesOf(groups.size, options)) {
    const { tauB, tauC } = correlationOf(ranked, (pair) => weights[groupOf[pair]])
    if (tauB !== null) drawn.tauB.push(tauB)
    if (tauC !== null) drawn.tauC.push(tauC)
  }
  const interval = (name: 'tauB' | 'tauC'): Interval | null => {
    const at = value[name]
    return at === null ? null : { value: at, ...percentiles(drawn[name], options.confidence) }
  }
  return { tauB: interval('tauB'), tauC: interval('tauC') }
}

function rank(scores: readonly number[], ratings: readonly number[]): Ranked {
  const order = Int32Array.from(scores, (_, index) => index).sort((a, b) => scores[a] - scores[b])
  const different = [...new Set(ratings)].sort((a, b) => a - b)
  const places = new Map(different.map((rating, place) => [rating, place]))
  return { order, scores: Float64Array.from(scores), levels: Int32Array.from(ratings, (rating) => places.get(rating) ?? 0), levelCount: different.length }
}

/** Goes through the pairs by rising score and counts, for each, those before it with a lower and a higher rating. */
function correlationOf({ order, scores, levels, levelCount }: Ranked, weightOf: (pair: number) => number): RankCorrelation {
  const below = new Float64Array(levelCount) // weights of the pairs with a lower score, by rating
  let total = 0
  let balance = 0 // concordant less discordant pairs
  let tiedScores = 0
  let scoreValues = 0
  for (let from = 0; from < order.length;) {
    let to = from
    let weight = 0
    for (; to < order.length && scores[order[to]] === scores[order[from]]; to++) {
      const own = weightOf(order[to])
      if (own === 0) continue
      weight += own
      let sum = 0
      for (let level = 0; level < levelCount; level++) sum += Math.sign(levels[order[to]] - level) * below[level]
      balance += own * sum
    }
    for (let at = from; at < to; at++) below[levels[order[at]]] += weightOf(order[at])
    total += weight
    tiedScores += pairsOf(weight)
    if (weight > 0) scoreValues++
    from = to
  }
  const tiedRatings = below.reduce((sum, weight) => sum + pairsOf(weight), 0)
  const values = Math.min(
    scoreValues,
    below.reduce((sum, weight) => sum + (weight > 0 ? 1 : 0), 0),
  )
  if (values < 2) return { tauB: null, tauC: null }
  const all = pairsOf(total)
  return { tauB: balance / Math.sqrt((all - tiedScores) * (all - tiedRatings)), tauC: (2 * balance * values) / (total * total * (values - 1)) }
}

/**
 * τ-b of a table of weights, rows by rising score and columns by rising rating: what `kendall` gives for as many pairs, in a step that does not depend on
 * how many there are. Null where either side has one value alone.
 */
export function tableTauB(table: readonly ArrayLike<number>[]): number | null {
  const rows = table.map((row) => Array.from(row).reduce((sum, weight) => sum + weight, 0))
  const columns = Array.from(table[0], (_, column) => table.reduce((sum, row) => sum + row[column], 0))
  const all = pairsOf(rows.reduce((sum, weight) => sum + weight, 0))
  const untied = (sums: readonly number[]): number => all - sums.reduce((sum, weight) => sum + pairsOf(weight), 0)
  const [ofScores, ofRatings] = [untied(rows), untied(columns)]
  if (ofScores <= 0 || ofRatings <= 0) return null
  let balance = 0 // concordant less discordant pairs
  for (let row = 0; row < table.length; row++) {
    for (let below = 0; below < row; below++) {
      for (let column = 0; column < columns.length; column++) {
        for (let other = 0; other < columns.length; other++) balance += table[row][column] * table[below][other] * Math.sign(column - other)
      }
    }
  }
  return balance / Math.sqrt(ofScores * ofRatings)
}

const pairsOf = (count: number): number => (count * (count - 1)) / 2
