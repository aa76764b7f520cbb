/** A stepper without graphs: log-probabilities that follow from the image and the whole prefix, so that every caption can be listed. */
import type { NextRows, Stepper } from '#engine/decoding/stepper.ts'

/** Log-probabilities of what follows a prefix, over ids 0..outputs−1. */
export type NextWord = (image: number, prefix: readonly number[]) => Float32Array

/** Log-probabilities drawn from a hash of image and prefix. */
export function hashedNextWord(outputs: number): NextWord {
  return (image, prefix) => {
    let state = Math.imul(image + 1, 0x9e3779b1)
    for (const id of prefix) state = Math.imul(state ^ (id + 1), 0x85ebca6b) ^ (state >>> 13)
    const logits = Array.from({ length: outputs }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) | 0
      return 3 * ((state >>> 0) / 2 ** 32)
    })
    const total = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0))
    return Float32Array.from(logits, (logit) => logit - total)
  }
}

export function prefixStepper(next: NextWord, images: readonly number[], beams: number, outputs: number, maximumSteps: number): Stepper {
  let inBatch = images
  let prefixes: number[][] = []
  let first = true
  const step = ({ tokens, parents, images: stay }: NextRows): Float32Array[] => {
    inBatch = stay === undefined ? inBatch : stay.map((place) => inBatch[place])
    prefixes = Array.from(parents, (parent, row) => (first ? [] : [...prefixes[parent], tokens[row]]))
    first = false
    const rows = prefixes.length / inBatch.length
    return prefixes.map((prefix, row) => next(inBatch[Math.floor(row / rows)], prefix))
  }
  return {
    images: images.length,
    beams,
    outputs,
    maximumSteps,
    best(rows, count) {
      const ranked = step(rows).map((scores) =>
        [...scores.keys()]
          .sort((a, b) => scores[b] - scores[a] || a - b)
          .slice(0, count)
          .map((id) => ({ id, score: scores[id] })),
      )
      const all = ranked.flat()
      return Promise.resolve({ ids: all.map(({ id }) => id), logProbabilities: Float32Array.from(all, ({ score }) => score) })
    },
    draw(rows, { shares, temperature, suppressUnknown }) {
      const scores = step(rows)
      const ids = scores.map((row, index) => drawn(suppressUnknown ? row.slice(0, -1) : row, shares[index], temperature))
      return Promise.resolve({ ids, logProbabilities: Float32Array.from(ids, (id, row) => scores[row][id]) })
    },
  }
}

/** The id at which the cumulated probability passes `share` of the whole. */
export function drawn(logProbabilities: Float32Array, share: number, temperature: number): number {
  const highest = Math.max(...logProbabilities)
  const weights = Array.from(logProbabilities, (value) => Math.exp((value - highest) / temperature))
  let left = share * weights.reduce((sum, weight) => sum + weight, 0)
  const found = weights.findIndex((weight) => (left -= weight) < 0)
  return found < 0 ? logProbabilities.indexOf(highest) : found
}
