import type { Stepper } from './stepper.ts'

const neverWritten = -1e4

/** The stepper with UNK out of reach: nobody wants it in a caption. What the other words have is not scaled up. */
export function withoutUnknown(stepper: Stepper): Stepper {
  return {
    ...stepper,
    async step(tokens, parents) {
      const logProbabilities = await stepper.step(tokens, parents)
      for (let place = stepper.outputs - 1; place < logProbabilities.length; place += stepper.outputs) logProbabilities[place] = neverWritten
      return logProbabilities
    },
  }
}
