/** Greedy decoding: the most probable word at every step. */
import { RowCaptions } from './row-captions.ts'
import type { DecodedCaption, Stepper } from './stepper.ts'

export interface GreedyOptions {
  maximumWords: number
  /** UNK is not written; by default it may be, as published. */
  suppressUnknown?: boolean
}

/** One caption for each image. */
export async function greedySearch(stepper: Stepper, { maximumWords, suppressUnknown = false }: GreedyOptions): Promise<DecodedCaption[]> {
  const count = Math.min(stepper.outputs, suppressUnknown ? 2 : 1)
  const captions = new RowCaptions(stepper.images, 1)
  const steps = Math.min(maximumWords, stepper.maximumSteps)
  for (let step = 0; step < steps && !captions.allEnded; step++) {
    const { ids, logProbabilities } = await stepper.best(captions.nextRows(), count)
    captions.append((row) => {
      const first = row * count
      // UNK is the last id.
      const place = suppressUnknown && ids[first] === stepper.outputs - 1 ? first + 1 : first
      return { id: ids[place], logProbability: logProbabilities[place] }
    })
  }
  return captions.finish()
}
