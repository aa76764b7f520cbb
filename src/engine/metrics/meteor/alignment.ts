/**
 * METEOR 1.5's aligner: of all possible matches it picks a set in which every word is used at most once, by a beam search from left to
 * right over the reference. A path is better if it covers more, then if it has fewer chunks, then if its matches lie closer together.
 *
 * Three properties decide ties and with them the published numbers. Coverage is counted in whole numbers from weights 1 (exact) and ½ (the
 * others), so a one-word stem, synonym or paraphrase match adds nothing to it. A chunk counts when it is closed. And the distance of a
 * match that has alternatives is charged to the path it was taken from: the alternatives tried later, and leaving the word unmatched, are
 * dearer by it.
 */
import type { Match } from './matches.ts'

export interface Alignment {
  /** In the order of the reference. */
  matches: Match[]
  /** Runs of matches contiguous on both sides. */
  chunks: number
}

const beamSize = 40

interface Path {
  /** The matches taken so far, last first. */
  taken: Link | undefined
  coverage: number
  /** Closed chunks. */
  chunks: number
  distance: number
  /** The chunk being built ends before this candidate word; undefined between chunks. */
  openChunkEnd: number | undefined
  /** Reference words before this one are done with. */
  referenceEnd: number
}

interface Link {
  readonly match: Match
  readonly before: Link | undefined
}

/** Aligns by the matches of `findMatches`; `candidateLength` counts words. */
export function align(byReferenceStart: readonly (readonly Match[])[], candidateLength: number): Alignment {
  const forced = forcedMatches(byReferenceStart, candidateLength)
  let paths: Path[] = [{ taken: undefined, coverage: 0, chunks: 0, distance: 0, openChunkEnd: undefined, referenceEnd: 0 }]
  byReferenceStart.forEach((choices, position) => {
    const beam: Path[] = []
    const onlyChoice = forced[position]
    for (const path of paths) {
      if (path.referenceEnd > position) keep(beam, path)
      else if (onlyChoice !== undefined) {
        const next = extended(path, onlyChoice)
        next.distance += distanceOf(onlyChoice)
        keep(beam, next)
      } else {
        for (const match of choices) {
          if (!isFree(match, path)) continue
          keep(beam, extended(path, match))
          path.distance += distanceOf(match)
        }
        closeChunk(path)
        keep(beam, path)
      }
    }
    paths = beam
  })
  const finished: Path[] = []
  for (const path of paths) {
    closeChunk(path)
    keep(finished, path)
  }
  const best = finished[0]
  return { matches: takenInOrder(best), chunks: best.chunks }
}

/**
 * By reference start, the matches none of whose words, on either side, occurs in another match: they are taken without looking at
 * alternatives.
 */
function forcedMatches(byReferenceStart: readonly (readonly Match[])[], candidateLength: number): (Match | undefined)[] {
  const candidateUses = new Int32Array(candidateLength)
  const referenceUses = new Int32Array(byReferenceStart.length)
  for (const matches of byReferenceStart)
    for (const match of matches) {
      addUse(candidateUses, match.candidateStart, match.candidateLength)
      addUse(referenceUses, match.referenceStart, match.referenceLength)
    }
  return byReferenceStart.map((matches) =>
    matches.find(
      (match) => usedOnce(candidateUses, match.candidateStart, match.candidateLength) && usedOnce(referenceUses, match.referenceStart, match.referenceLength),
    ),
  )
}

function addUse(uses: Int32Array, start: number, length: number): void {
  for (let word = start; word < start + length; word++) uses[word] += 1
}

function usedOnce(uses: Int32Array, start: number, length: number): boolean {
  for (let word = start; word < start + length; word++) if (uses[word] !== 1) return false
  return true
}

function isFree(match: Match, path: Path): boolean {
  const end = match.candidateStart + match.candidateLength
  for (let link = path.taken; link !== undefined; link = link.before) {
    const { candidateStart, candidateLength } = link.match
    if (candidateStart < end && match.candidateStart < candidateStart + candidateLength) return false
  }
  return true
}

function extended(path: Path, match: Match): Path {
  const continuesChunk = path.openChunkEnd === match.candidateStart
  return {
    taken: { match, before: path.taken },
    coverage: path.coverage + coverageOf(match),
    chunks: path.chunks + (path.openChunkEnd === undefined || continuesChunk ? 0 : 1),
    distance: path.distance,
    openChunkEnd: match.candidateStart + match.candidateLength,
    referenceEnd: match.referenceStart + match.referenceLength,
  }
}

function coverageOf(match: Match): number {
  if (match.module === 0) return match.candidateLength + match.referenceLength
  return Math.floor(match.candidateLength / 2) + Math.floor(match.referenceLength / 2)
}

function distanceOf(match: Match): number {
  return Math.abs(match.candidateStart - match.referenceStart)
}

function closeChunk(path: Path): void {
  if (path.openChunkEnd === undefined) return
  path.openChunkEnd = undefined
  path.chunks++
}

/**
 * Puts a path into the beam, which stays sorted best first; of equal paths the earlier stays in front, and the beam never grows beyond its
 * size.
 */
function keep(beam: Path[], path: Path): void {
  let place = beam.length
  while (place > 0 && isBetter(path, beam[place - 1])) place--
  if (place >= beamSize) return
  beam.splice(place, 0, path)
  if (beam.length > beamSize) beam.pop()
}

function isBetter(path: Path, other: Path): boolean {
  if (path.coverage !== other.coverage) return path.coverage > other.coverage
  if (path.chunks !== other.chunks) return path.chunks < other.chunks
  return path.distance < other.distance
}

function takenInOrder(path: Path): Match[] {
  const matches: Match[] = []
  for (let link = path.taken; link !== undefined; link = link.before) matches.push(link.match)
  return matches.reverse()
}
