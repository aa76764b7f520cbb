/**
 * Which photos to correct next: those that speak for many others whose captions the captioner is unsure of. Chosen one by one, each adds most to
 * Σ uncertainty(photo) · its likeness to the nearest chosen one: facility location (Wei, Iyer & Bilmes 2015, “Submodularity in data subset
 * selection and active learning”), which weighs uncertainty, density and variety in one sum.
 */
import type { CaptionDecoder } from '#engine/decoding/caption-decoder.ts'
import type { FeatureSource } from '#engine/captioning/feature-source.ts'
import { captionFromFeatures } from '#engine/captioning/caption-from-features.ts'
import { judgedMethod } from './judging.ts'

export interface Teachable {
  /** Mean negative log-probability of a word of the photo's caption. */
  readonly uncertainty: number
  /** Of unit length. */
  readonly vector: Float32Array
}

/** Places of the `count` photos whose correction would teach most, the first the most. Likeness below 0 counts as none. */
export function teachingOrder(photos: readonly Teachable[], count: number): number[] {
  const nearest = new Float64Array(photos.length)
  const chosen: number[] = []
  const left = new Set(photos.keys())
  const gains = new Map([...left].map((place) => [place, Infinity]))
  while (chosen.length < count && left.size > 0) {
    // What a photo adds only shrinks as others are chosen: the first whose fresh gain tops all stale ones is the best (Minoux 1978).
    let best = -1
    const fresh = new Set<number>()
    for (;;) {
      best = [...left].reduce((top, place) => ((gains.get(place) ?? 0) > (gains.get(top) ?? -1) ? place : top), -1)
      if (best === -1 || fresh.has(best)) break
      gains.set(best, gainOf(photos, nearest, best))
      fresh.add(best)
    }
    if (best === -1) break
    chosen.push(best)
    left.delete(best)
    photos.forEach(({ vector }, place) => {
      nearest[place] = Math.max(nearest[place], likeness(vector, photos[best].vector))
    })
  }
  return chosen
}

function gainOf(photos: readonly Teachable[], nearest: Float64Array, candidate: number): number {
  const { vector: chosen } = photos[candidate]
  return photos.reduce((sum, { uncertainty, vector }, place) => sum + uncertainty * Math.max(0, likeness(vector, chosen) - nearest[place]), 0)
}

function likeness(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let index = 0; index < a.length; index++) sum += a[index] * b[index]
  return Math.max(0, sum)
}

/** How unsure the captioner is of each photo's caption, and what the photo looks like: the mean of its visual tokens, less that of all these photos. */
export async function teachables(decoder: CaptionDecoder, features: FeatureSource, keys: readonly string[], signal: AbortSignal): Promise<Teachable[]> {
  const captions = await captionFromFeatures(decoder, features, keys, { method: judgedMethod, signal })
  const vectors = centred(keys.map((key) => meanToken(features, key)))
  return captions.map(([best], index) => ({ uncertainty: -best.logProbability / (best.ids.length + 1), vector: vectors[index] }))
}

function meanToken({ visualTokens, featureWidth, readInto }: FeatureSource, key: string): Float32Array {
  const tokens = new Float32Array(visualTokens * featureWidth)
  readInto(key, false, tokens)
  const mean = new Float32Array(featureWidth)
  tokens.forEach((value, place) => {
    mean[place % featureWidth] += value / visualTokens
  })
  return mean
}

/** Less their mean, which all photos share, and of unit length. */
function centred(vectors: readonly Float32Array[]): Float32Array[] {
  const mean = new Float64Array(vectors[0]?.length ?? 0)
  for (const vector of vectors) vector.forEach((value, index) => (mean[index] += value / vectors.length))
  return vectors.map((vector) => {
    const moved = vector.map((value, index) => value - mean[index])
    const length = Math.sqrt(moved.reduce((sum, value) => sum + value * value, 0)) || 1
    return moved.map((value) => value / length)
  })
}
