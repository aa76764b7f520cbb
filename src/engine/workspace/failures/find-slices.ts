/**
 * Slices where a model is worst, found by a greedy search over what is known of photos: words of their references, tags, boxes, shapes, pairs of these (as
 * SliceFinder does; Chung et al. 2019), and clusters of photos and of errors (a mixture over embeddings, as in Domino; Eyuboglu et al. 2022, but fitted without
 * scores, so that these can judge). Every candidate is held against all other images by Welch's test, and is told only if it stays worse after
 * Holm's correction over all that were tried. The order goes by what a slice costs the set for certain: the end of its corrected interval that is nearest to
 * nothing, times its share of the photos.
 */
import { holm, significance } from '#shared/metrics/holm.ts'
import { fittedBit, type ClusterBasis } from '#shared/slices/clusters.ts'
import type { SliceFilter } from '#shared/slices/filters.ts'
import type { FoundSlice, FoundSlices } from '#shared/slices/slices.ts'
import { addTo, emptySample, meanDifference, welchP, without, type Sample, type WelchDifference } from '#engine/metrics/statistics/intervals.ts'
import { prepared, type Database } from '../storage/database.ts'
import { newestClusters, readClusters, type StoredClusters } from './clusters/stored-clusters.ts'
import { placesOf, readHeld, type Postings } from './columns.ts'
import { openFrame, shapes, type Frame, type FrameQuery } from './frame.ts'
import { againstRest } from './look.ts'

/** A slice has at least so many images, and at most this share of the set: beyond that it is the set. */
const fewestImages = 8
const leastShare = 0.005
const mostShare = 0.6
/** Candidates that pairs are built on. */
const mostSeeds = 12
/** Two slices with more of their images in common (Jaccard) are one. */
const sameShare = 0.6
const namingWords = 4
const stepEvery = 256 // candidates

/** The photos that candidates are judged by: all of the set, or of a cluster of errors those that it was not fitted to. */
interface Judges {
  whole: Sample
  size: number
  /** 1: judges. */
  places: Uint8Array
}

interface Candidate {
  filters: SliceFilter[]
  /** all of its photos */
  places: Int32Array
  judges: Judges
  /** those that judge it */
  sample: Sample
  difference: WelchDifference
}

/** Finds slices in steps short enough for slices of time; null where the set was scored before captions were measured. */
export function* findSteps(database: Database, query: FrameQuery, most: number): Generator<void, FoundSlices | null> {
  const frame = yield* openFrame(database, query)
  if (frame === null) return null
  const held = yield* readHeld(database, query, frame.sides[0].columns)
  const all = judgesOf(frame, frame.counted)
  const singles: Candidate[] = []
  let read = 0
  for (const { filter, places } of predicates(database, frame, held)) {
    if (++read % stepEvery === 0) yield
    const candidate = candidateOf(frame, all, [filter], places)
    if (candidate !== null) singles.push(candidate)
  }
  for (const clustering of newestClusters(database, query)) {
    for (const candidate of clusterCandidates(database, frame, all, clustering)) {
      singles.push(candidate)
      yield
    }
  }
  const pValues = singles.map(({ difference }) => welchP(difference))
  const alone = holm(pValues)
  // Pairs are built on what is worse for certain alone: where nothing is, none is tried.
  const seeds = worstOf(singles.filter(({ difference, judges }, index) => judges === all && difference.value < 0 && alone[index] <= significance))
  const candidates = [...singles]
  for (const seed of seeds.slice(0, mostSeeds)) {
    const inSeed = new Uint8Array(frame.images.length)
    for (const place of seed.places) inSeed[place] = 1
    for (const other of singles) {
      if (other === seed || other.judges !== all) continue
      const both = other.places.filter((place) => inSeed[place] === 1)
      // All of the seed, or all of the other: nothing is gained by naming both.
      if (both.length > 0.9 * Math.min(seed.places.length, other.places.length)) continue
      const pair = candidateOf(frame, all, [...seed.filters, ...other.filters], both)
      if (pair === null) continue
      // Each counts as tried, also where the second tells no more than the first does alone.
      pValues.push(welchP(pair.difference))
      if (pValues.length % stepEvery === 0) yield
      const within = meanDifference(pair.sample, without(seed.sample, pair.sample))
      const more = within !== null && within.value < 0 && welchP(within) <= significance
      candidates.push(more ? pair : { ...pair, places: nowhere })
    }
  }
  const adjusted = holm(pValues)
  const chance = significance / Math.max(1, candidates.length)
  const ranked = candidates
    .flatMap((candidate, index) => {
      const { difference, places, sample, judges } = candidate
      if (difference.value >= 0 || adjusted[index] > significance || places === nowhere) return []
      const corrected = meanDifference(sample, without(judges.whole, sample), chance) ?? difference
      return [{ candidate, p: adjusted[index], corrected, cost: (-corrected.high * sample.count) / judges.size }]
    })
    .sort((a, b) => b.cost - a.cost)
  yield
  const { whole } = all
  const deviation = Math.sqrt(Math.max(0, whole.squares - whole.sum ** 2 / whole.count) / Math.max(1, whole.count - 1))
  const slices: FoundSlice[] = []
  const taken: Int32Array[] = []
  for (const { candidate, p, corrected, cost } of ranked) {
    if (slices.length === most) break
    if (taken.some((places) => overlap(places, candidate.places) > sameShare)) continue
    taken.push(candidate.places)
    const words = namesOf(frame, held, candidate.places, namingWords)
    slices.push({
      ...againstRest(candidate.judges.whole, candidate.sample),
      filters: candidate.filters.map((filter) =>
        filter.by === 'cluster' ? { ...filter, name: clusterName(frame, filter.basis, candidate.places, words) } : filter,
      ),
      photos: candidate.places.length,
      words,
      corrected: { low: corrected.low, high: corrected.high },
      p,
      cost,
      effect: deviation === 0 ? 0 : candidate.difference.value / deviation,
    })
    yield
  }
  return { tried: candidates.length, slices }
}

const nowhere = new Int32Array(0)
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

function judgesOf(frame: Frame, places: Uint8Array): Judges {
  const everything = Int32Array.from(places.keys()).filter((place) => places[place] === 1)
  return { whole: sampleOf(frame, everything), size: everything.length, places }
}

function sampleOf({ sides: [{ scores }] }: Frame, places: Int32Array): Sample {
  const sample = emptySample()
  for (const place of places) addTo(sample, scores[place])
  return sample
}

/** Null where it has too few photos that judge it, or nearly all. */
function candidateOf(frame: Frame, judges: Judges, filters: SliceFilter[], all: Int32Array): Candidate | null {
  const places = all.filter((place) => frame.counted[place] === 1)
  const judging = judges.places === frame.counted ? places : places.filter((place) => judges.places[place] === 1)
  const sample = sampleOf(frame, judging)
  if (sample.count < Math.max(fewestImages, leastShare * judges.size) || sample.count > mostShare * judges.size) return null
  const difference = meanDifference(sample, without(judges.whole, sample))
  return difference === null ? null : { filters, places, judges, sample, difference }
}

/** The clusters of one clustering, without names yet. */
function* clusterCandidates(database: Database, frame: Frame, all: Judges, { id, basis, clusters }: StoredClusters): Generator<Candidate, void> {
  const found = readClusters(database, id)
  if (found === null) return
  const members: number[][] = Array.from({ length: clusters }, () => [])
  const judging = new Uint8Array(frame.images.length)
  let place = 0
  found.images.forEach((imageId, at) => {
    while (place < frame.images.length && frame.images[place] < imageId) place++
    if (frame.images[place] !== imageId) return
    members[found.places[at] & ~fittedBit].push(place)
    judging[place] = (found.places[at] & fittedBit) === 0 ? frame.counted[place] : 0
  })
  const judges = basis === 'photos' ? all : judgesOf(frame, judging)
  for (const [cluster, places] of members.entries()) {
    const candidate = candidateOf(frame, judges, [{ by: 'cluster', clusteringId: id, cluster, basis, name: '' }], Int32Array.from(places))
    if (candidate !== null) yield candidate
  }
}

/** By the words of its references; a cluster of errors by what its captions lack, and say, more often than others. */
function clusterName(frame: Frame, basis: ClusterBasis, places: Int32Array, words: readonly string[]): string {
  const [{ columns }] = frame.sides
  const quoted = (some: readonly string[]): string => some.map((word) => `“${word}”`).join(', ')
  if (basis === 'photos') return words.length === 0 ? 'no word of their own' : quoted(words)
  const [missed, said] = [namesOf(frame, columns.missed, places, 2), namesOf(frame, columns.said, places, 2)]
  const parts = [missed.length === 0 ? '' : `miss ${quoted(missed)}`, said.length === 0 ? '' : `say ${quoted(said)}`].filter((part) => part !== '')
  return parts.length === 0 ? 'no word of their own' : parts.join(', ')
}

function overlap(a: Int32Array, b: Int32Array): number {
  const inA = new Set(a)
  const both = b.reduce((sum, place) => sum + (inA.has(place) ? 1 : 0), 0)
  return both / (a.length + b.length - both)
}

/** Words that these photos have, by how much more often than those of others: log-odds over their standard error (Monroe et al. 2008). */
function namesOf(frame: Frame, held: Postings, places: Int32Array, most: number): string[] {
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
    .slice(0, most)
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
