/**
 * Slices where a model is worst, found by a greedy search over what is known of photos: words of their references, tags, boxes, shapes, and pairs of these
 * (as SliceFinder does; Chung et al. 2019). Every candidate is held against all other images by Welch's test, and is told only if it stays worse after
 * Holm's correction over all that were tried. The order goes by the end of the corrected interval that is nearest to nothing: large and certain first.
 */
import { holm, significance } from '#shared/metrics/holm.ts'
import type { SliceFilter } from '#shared/slices/filters.ts'
import type { FoundSlice, FoundSlices } from '#shared/slices/slices.ts'
import { addTo, emptySample, meanDifference, welchP, without, type Sample, type WelchDifference } from '#engine/metrics/statistics/intervals.ts'
import { prepared, type Database } from '../storage/database.ts'
import { placesOf, readHeld, type Postings } from './columns.ts'
import { openFrame, shapes, type Frame, type FrameQuery } from './frame.ts'
import { againstRest } from './look.ts'

/** A slice has at least so many images, and at most this share of the set: beyond that it is the set. */
const fewestImages = 8
const leastShare = 0.005
const mostShare = 0.6
/** Candidates that pairs are built on. */
const seeds = 12
/** Two slices with more of their images in common (Jaccard) are one. */
const sameShare = 0.6
const namingWords = 4
const stepEvery = 256 // candidates

interface Candidate {
  filters: SliceFilter[]
  places: Int32Array
  sample: Sample
  difference: WelchDifference
}

/** Finds slices in steps short enough for slices of time; null where the set was scored before captions were measured. */
export function* findSteps(database: Database, query: FrameQuery, most: number): Generator<void, FoundSlices | null> {
  const frame = yield* openFrame(database, query)
  if (frame === null) return null
  const held = yield* readHeld(database, query, frame.sides[0].columns)
  const everything = Int32Array.from(frame.counted.keys()).filter((place) => frame.counted[place] === 1)
  const whole = sampleOf(frame, everything)
  const least = Math.max(fewestImages, Math.ceil(leastShare * frame.size))
  const fits = (count: number): boolean => count >= least && count <= mostShare * frame.size
  const singles: Candidate[] = []
  let tried = 0
  for (const { filter, places } of predicates(database, frame, held)) {
    if (++tried % stepEvery === 0) yield
    const candidate = candidateOf(frame, whole, [filter], places)
    if (candidate !== null && fits(candidate.sample.count)) singles.push(candidate)
  }
  const pairs: Candidate[] = []
  for (const seed of worstOf(singles).slice(0, seeds)) {
    const inSeed = new Uint8Array(frame.images.length)
    for (const place of seed.places) inSeed[place] = 1
    for (const other of singles) {
      if (other === seed) continue
      const both = other.places.filter((place) => inSeed[place] === 1)
      // All of the seed, or all of the other: nothing is gained by naming both.
      if (both.length > 0.9 * Math.min(seed.places.length, other.places.length)) continue
      const pair = candidateOf(frame, whole, [...seed.filters, ...other.filters], both)
      if (pair === null || !fits(pair.sample.count)) continue
      // The second must tell more than the first does alone.
      const within = meanDifference(pair.sample, without(seed.sample, pair.sample))
      if (within === null || within.value >= 0 || welchP(within) > significance) continue
      pairs.push(pair)
      if (pairs.length % stepEvery === 0) yield
    }
  }
  const candidates = [...singles, ...pairs]
  const adjusted = holm(candidates.map(({ difference }) => welchP(difference)))
  const certain = candidates.flatMap((candidate, index) =>
    candidate.difference.value < 0 && adjusted[index] <= significance ? [{ candidate, p: adjusted[index] }] : [],
  )
  const chance = significance / Math.max(1, candidates.length)
  const ranked = certain
    .map(({ candidate, p }) => ({
      candidate,
      p,
      corrected: meanDifference(candidate.sample, without(whole, candidate.sample), chance) ?? candidate.difference,
    }))
    .sort((a, b) => a.corrected.high - b.corrected.high)
  yield
  const deviation = Math.sqrt(Math.max(0, whole.squares - whole.sum ** 2 / whole.count) / Math.max(1, whole.count - 1))
  const slices: FoundSlice[] = []
  const taken: Int32Array[] = []
  for (const { candidate, p, corrected } of ranked) {
    if (slices.length === most) break
    if (taken.some((places) => overlap(places, candidate.places) > sameShare)) continue
    taken.push(candidate.places)
    slices.push({
      ...againstRest(whole, candidate.sample),
      filters: candidate.filters,
      words: namesOf(frame, held, candidate.places),
      corrected: { low: corrected.low, high: corrected.high },
      p,
      effect: deviation === 0 ? 0 : candidate.difference.value / deviation,
    })
    yield
  }
  return { tried: candidates.length, slices }
}

const worstOf = (candidates: readonly Candidate[]): Candidate[] => candidates.toSorted((a, b) => tOf(a) - tOf(b))
const tOf = ({ difference: { value, error } }: Candidate): number => (error === 0 ? Math.sign(value) * Infinity : value / error)

/** Everything that is known of photos whatever a model says of them, with the places of those that have it. */
function* predicates(database: Database, frame: Frame, { names, starts, places }: Postings): Generator<{ filter: SliceFilter; places: Int32Array }, void> {
  for (let name = 0; name < names.length; name++) {
    if (starts[name + 1] - starts[name] < fewestImages) continue
    yield { filter: { by: 'reference-word', word: names[name] }, places: places.subarray(starts[name], starts[name + 1]) }
  }
  const named = (sql: string): Map<string, number[]> => {
    const ids = new Map<string, number[]>()
    for (const [name, imageId] of prepared<[], [string, number]>(database, sql).raw().all()) {
      const known = ids.get(name)
      if (known === undefined) ids.set(name, [imageId])
      else known.push(imageId)
    }
    return ids
  }
  const placed = (ids: readonly number[]): Int32Array => Int32Array.from(placesOf(frame.images, ids))
  for (const [tag, ids] of named('SELECT name, image_id FROM tag ORDER BY image_id')) yield { filter: { by: 'tag', tag }, places: placed(ids) }
  for (const [label, ids] of named('SELECT DISTINCT label, image_id FROM region ORDER BY image_id')) {
    yield { filter: { by: 'region', label }, places: placed(ids) }
  }
  for (const shape of Object.keys(shapes) as (keyof typeof shapes)[]) {
    const ids = prepared<[], number>(database, `SELECT id FROM image WHERE ${shapes[shape]} ORDER BY id`).pluck().all()
    yield { filter: { by: 'shape', shape }, places: placed(ids) }
  }
}

function sampleOf({ sides: [{ scores }] }: Frame, places: Int32Array): Sample {
  const sample = emptySample()
  for (const place of places) addTo(sample, scores[place])
  return sample
}

function candidateOf(frame: Frame, whole: Sample, filters: SliceFilter[], all: Int32Array): Candidate | null {
  const places = all.filter((place) => frame.counted[place] === 1)
  const sample = sampleOf(frame, places)
  const difference = meanDifference(sample, without(whole, sample))
  return difference === null ? null : { filters, places, sample, difference }
}

function overlap(a: Int32Array, b: Int32Array): number {
  const inA = new Set(a)
  const both = b.reduce((sum, place) => sum + (inA.has(place) ? 1 : 0), 0)
  return both / (a.length + b.length - both)
}

/** Words that references of these photos say, by how much more often than those of others: log-odds over their standard error (Monroe et al. 2008). */
function namesOf(frame: Frame, held: Postings, places: Int32Array): string[] {
  const inside = new Uint8Array(frame.images.length)
  for (const place of places) inside[place] = 1
  const words = countsIn(held, frame.counted, inside)
  const [size, rest] = [places.length, frame.size - places.length]
  return words
    .map(({ word, inside: one, all }) => {
      const other = all - one
      const odds = (hits: number, of: number): number => (hits + 0.5) / (of - hits + 0.5)
      return { word, z: Math.log(odds(one, size) / odds(other, rest)) / Math.sqrt(1 / (one + 0.5) + 1 / (other + 0.5)) }
    })
    .filter(({ z }) => z > 1.96)
    .sort((a, b) => b.z - a.z)
    .slice(0, namingWords)
    .map(({ word }) => word)
}

function countsIn({ names, starts, places }: Postings, counted: Uint8Array, inside: Uint8Array): { word: string; inside: number; all: number }[] {
  return names.map((word, name) => {
    let [all, within] = [0, 0]
    for (let at = starts[name]; at < starts[name + 1]; at++) {
      all += counted[places[at]]
      within += counted[places[at]] & inside[places[at]]
    }
    return { word, inside: within, all }
  })
}
