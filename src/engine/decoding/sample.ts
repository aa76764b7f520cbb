/** Sampling: words drawn from the captioner's distribution. */
import { randomAt, uniform } from '#shared/random.ts'
import { RowCaptions } from './row-captions.ts'
import type { DecodedCaption, Stepper } from './stepper.ts'

export interface SampleOptions {
  maximumWords: number
  /** Divides the log-probabilities before drawing: below 1 is bolder towards the likely words. */
  temperature: number
  seed: number
  /** A number of each image that its draws depend on, so that a batch draws what each image alone would draw. */
  imageNumbers: readonly number[]
  /** UNK is never drawn; by default it may be. */
  suppressUnknown?: boolean
}

/** One caption for each row, so `stepper.beams` for each image. The reported log-probabilities are those at temperature 1. */
export async function sampleCaptions(stepper: Stepper, options: SampleOptions): Promise<DecodedCaption[]> {
  const { maximumWords, temperature, seed, imageNumbers, suppressUnknown = false } = options
  const { images, beams } = stepper
  const randoms = Array.from({ length: images * beams }, (_, row) => randomAt(seed, 'sampling', imageNumbers[Math.floor(row / beams)], row % beams))
  const captions = new RowCaptions(images, beams)
  const steps = Math.min(maximumWords, stepper.maximumSteps)
  for (let step = 0; step < steps && !captions.allEnded; step++) {
    const shares = Float64Array.from(captions.rows, (row) => uniform(randoms[row]))
    const { ids, logProbabilities } = await stepper.draw(captions.nextRows(), { shares, temperature, suppressUnknown })
    captions.append((row) => ({ id: ids[row], logProbability: logProbabilities[row] }))
  }
  return captions.finish()
}
