/** Sampling: words drawn from the captioner's distribution. */
import { randomAt, uniform } from '#shared/random.ts'
import { RowCaptions } from './row-captions.ts'
import { firstStep, type DecodedCaption, type Stepper } from './stepper.ts'

export interface SampleOptions {
  maximumWords: number
  /** Divides the log-probabilities before drawing: below 1 is bolder towards the likely words. */
  temperature: number
  seed: number
  /** A number of each image that its draws depend on, so that a batch draws what each image alone would draw. */
  imageNumbers: readonly number[]
}

/** One caption for each row, so `stepper.beams` for each image. The reported log-probabilities are those at temperature 1. */
export async function sampleCaptions(stepper: Stepper, { maximumWords, temperature, seed, imageNumbers }: SampleOptions): Promise<DecodedCaption[]> {
  const { tokens, parents } = firstStep(stepper)
  const randoms = Array.from(tokens, (_, row) => randomAt(seed, 'sampling', imageNumbers[Math.floor(row / stepper.beams)], row % stepper.beams))
  const captions = new RowCaptions(tokens.length)
  const steps = Math.min(maximumWords, stepper.maximumSteps)
  for (let step = 0; step < steps && !captions.allEnded; step++) {
    const logProbabilities = await stepper.step(tokens, parents)
    for (let row = 0; row < tokens.length; row++) {
      const scores = logProbabilities.subarray(row * stepper.outputs, (row + 1) * stepper.outputs)
      const id = draw(scores, temperature, uniform(randoms[row]))
      tokens[row] = captions.append(row, id, scores[id])
    }
  }
  return captions.finish()
}

/** The id at which the cumulated probability passes `share` of the whole. */
function draw(logProbabilities: Float32Array, temperature: number, share: number): number {
  let highest = -Infinity
  for (const value of logProbabilities) if (value > highest) highest = value
  let total = 0
  for (const value of logProbabilities) total += Math.exp((value - highest) / temperature)
  let left = share * total
  for (let id = 0; id < logProbabilities.length; id++) {
    left -= Math.exp((logProbabilities[id] - highest) / temperature)
    if (left < 0) return id
  }
  return logProbabilities.indexOf(highest)
}
