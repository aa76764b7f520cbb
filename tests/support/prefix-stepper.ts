/** A stepper without graphs: log-probabilities that follow from the image and the whole prefix, so that every caption can be listed. */
import type { Stepper } from '#engine/decoding/stepper.ts'

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
  let prefixes: number[][] = Array.from({ length: images.length * beams }, () => [])
  let first = true
  return {
    images: images.length,
    beams,
    outputs,
    maximumSteps,
    step(tokens, parents) {
      prefixes = Array.from(parents, (parent, row) => (first ? [] : [...prefixes[parent], tokens[row]]))
      first = false
      const all = new Float32Array(prefixes.length * outputs)
      prefixes.forEach((prefix, row) => all.set(next(images[Math.floor(row / beams)], prefix), row * outputs))
      return Promise.resolve(all)
    },
  }
}
