/**
 * Clusters of vectors as a mixture of Gaussians with diagonal covariances, by expectation–maximisation (Dempster, Laird & Rubin 1977) from k-means++ starts
 * (Arthur & Vassilvitskii 2007). How many clusters there are is chosen by the Bayesian information criterion (Schwarz 1978; Fraley & Raftery 2002).
 */
import { randomAt, uniform } from '#shared/random.ts'
import type { Points } from './rows.ts'

export interface Mixture {
  clusters: number
  width: number
  /** [clusters] */
  weights: Float64Array
  /** [clusters, width] */
  means: Float64Array
  variances: Float64Array
}

export interface MixtureOptions {
  seed: number
  /** Each cluster has at least so many of the vectors on average; fewer vectors than twice that are one cluster. */
  fewest: number
}

/** Numbers of clusters that are tried. */
const tried = [2, 4, 8, 16, 32, 64]
/** Vectors that a mixture is fitted to; of more a draw. */
const mostFitted = 20_000
const mostRounds = 60
/** Rounds end when the mean log-likelihood of a vector grows by less. */
const smallestGain = 1e-4
/** A cluster of copies keeps a width: this share of the whole's variance. */
const leastVariance = 1e-3
const rowsPerStep = 256

/** Fits a mixture in short steps; each yields the share that is done. The same vectors and seed give the same mixture. */
export function* fitMixture(points: Points, { seed, fewest }: MixtureOptions): Generator<number, Mixture> {
  const drawn = draw(points, seed)
  const spread = spreadOf(drawn)
  let best: { mixture: Mixture; criterion: number } | null = null
  const counts = [1, ...tried.filter((clusters) => clusters * fewest <= drawn.size)]
  const work = counts.reduce((sum, clusters) => sum + clusters, 0)
  let done = 0
  for (const clusters of counts) {
    const share = (part: number): number => (done + clusters * part) / work
    const { mixture, logLikelihood } = yield* expectAndMaximise(drawn, yield* start(drawn, clusters, spread, { seed, share: share(0) }), spread, share)
    const parameters = clusters * (2 * points.width + 1) - 1
    const criterion = parameters * Math.log(Math.max(2, drawn.size)) - 2 * logLikelihood
    if (best === null || criterion < best.criterion) best = { mixture, criterion }
    done += clusters
  }
  if (best === null) throw new Error('one cluster is always tried')
  return best.mixture
}

/** The likeliest cluster of each vector, in short steps. */
export function* clustersOf(points: Points, mixture: Mixture): Generator<number, Uint8Array> {
  const of = new Uint8Array(points.size)
  const logs = new Float64Array(mixture.clusters)
  const constants = constantsOf(mixture)
  for (let row = 0; row < points.size; row++) {
    logDensities(points, row, mixture, constants, logs)
    for (let cluster = 1; cluster < mixture.clusters; cluster++) if (logs[cluster] > logs[of[row]]) of[row] = cluster
    if (row % rowsPerStep === 0) yield row / points.size
  }
  return of
}

function draw(points: Points, seed: number): Points {
  const { values, size, width } = points
  if (size <= mostFitted) return points
  const random = randomAt(seed, 'projection', 5)
  const drawn = new Float32Array(mostFitted * width)
  // Vitter's algorithm R: each row is as likely.
  for (let row = 0; row < size; row++) {
    const place = row < mostFitted ? row : Math.floor(uniform(random) * (row + 1))
    if (place < mostFitted) drawn.set(values.subarray(row * width, (row + 1) * width), place * width)
  }
  return { values: drawn, size: mostFitted, width }
}

/** The variance of each dimension, at least a trace. */
function spreadOf({ values, size, width }: Points): Float64Array {
  const [sums, squares] = [new Float64Array(width), new Float64Array(width)]
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < width; column++) {
      const value = values[row * width + column]
      sums[column] += value
      squares[column] += value * value
    }
  }
  return squares.map((square, column) => Math.max(1e-12, square / size - (sums[column] / size) ** 2))
}

/** Means far apart (k-means++), everything as wide as the whole. */
function* start(points: Points, clusters: number, spread: Float64Array, { seed, share }: { seed: number; share: number }): Generator<number, Mixture> {
  const { values, size, width } = points
  const random = randomAt(seed, 'projection', 6, clusters)
  const means = new Float64Array(clusters * width)
  const nearest = new Float64Array(size).fill(Infinity)
  let chosen = Math.floor(uniform(random) * size)
  for (let cluster = 0; cluster < clusters; cluster++) {
    for (let column = 0; column < width; column++) means[cluster * width + column] = values[chosen * width + column]
    let total = 0
    for (let row = 0; row < size; row++) {
      let squares = 0
      for (let column = 0; column < width; column++) squares += (values[row * width + column] - means[cluster * width + column]) ** 2 / spread[column]
      nearest[row] = Math.min(nearest[row], squares)
      total += nearest[row]
      if (row % rowsPerStep === 0) yield share
    }
    let left = uniform(random) * total
    chosen = 0
    while (chosen < size - 1 && (left -= nearest[chosen]) > 0) chosen++
  }
  const variances = Float64Array.from({ length: clusters * width }, (_, at) => spread[at % width])
  return { clusters, width, weights: new Float64Array(clusters).fill(1 / clusters), means, variances }
}

function* expectAndMaximise(
  points: Points,
  mixture: Mixture,
  spread: Float64Array,
  share: (part: number) => number,
): Generator<number, { mixture: Mixture; logLikelihood: number }> {
  const { values, size, width } = points
  const { clusters } = mixture
  const logs = new Float64Array(clusters)
  let before = -Infinity
  for (let round = 0; ; round++) {
    const constants = constantsOf(mixture)
    const [counts, sums, squares] = [clusters, clusters * width, clusters * width].map((length) => new Float64Array(length))
    let logLikelihood = 0
    for (let row = 0; row < size; row++) {
      const most = logDensities(points, row, mixture, constants, logs)
      let total = 0
      for (let cluster = 0; cluster < clusters; cluster++) total += logs[cluster] = Math.exp(logs[cluster] - most)
      logLikelihood += most + Math.log(total)
      for (let cluster = 0; cluster < clusters; cluster++) {
        const part = logs[cluster] / total
        if (part < 1e-9) continue
        counts[cluster] += part
        for (let column = 0; column < width; column++) {
          const value = values[row * width + column]
          sums[cluster * width + column] += part * value
          squares[cluster * width + column] += part * value * value
        }
      }
      if (row % rowsPerStep === 0) yield share((round + row / size) / (mostRounds + 1))
    }
    if (round === mostRounds || logLikelihood - before < smallestGain * size) return { mixture, logLikelihood }
    before = logLikelihood
    mixture = maximised(mixture, { counts, sums, squares }, size, spread)
  }
}

function maximised(
  { clusters, width, means: oldMeans }: Mixture,
  { counts, sums, squares }: Record<'counts' | 'sums' | 'squares', Float64Array>,
  size: number,
  spread: Float64Array,
): Mixture {
  const weights = counts.map((count) => Math.max(count, 1e-9) / size)
  const [means, variances] = [new Float64Array(clusters * width), new Float64Array(clusters * width)]
  for (let at = 0; at < means.length; at++) {
    const count = counts[Math.floor(at / width)]
    const floor = leastVariance * spread[at % width]
    // One that no vector is near stays where it was.
    means[at] = count < 1e-6 ? oldMeans[at] : sums[at] / count
    variances[at] = count < 1e-6 ? spread[at % width] : Math.max(floor, squares[at] / count - means[at] ** 2)
  }
  return { clusters, width, weights, means, variances }
}

/** What a cluster's log density is beside the distance: its weight and its volume. */
function constantsOf({ clusters, width, weights, variances }: Mixture): Float64Array {
  return Float64Array.from({ length: clusters }, (_, cluster) => {
    let constant = Math.log(weights[cluster])
    for (let column = 0; column < width; column++) constant -= 0.5 * Math.log(2 * Math.PI * variances[cluster * width + column])
    return constant
  })
}

/** Writes each cluster's log density of a vector, its weight included; returns the largest. */
function logDensities({ values }: Points, row: number, { clusters, width, means, variances }: Mixture, constants: Float64Array, into: Float64Array): number {
  let most = -Infinity
  for (let cluster = 0; cluster < clusters; cluster++) {
    let distance = 0
    for (let column = 0; column < width; column++) {
      const from = values[row * width + column] - means[cluster * width + column]
      distance += (from * from) / variances[cluster * width + column]
    }
    into[cluster] = constants[cluster] - 0.5 * distance
    if (into[cluster] > most) most = into[cluster]
  }
  return most
}
