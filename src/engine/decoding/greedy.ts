/** Greedy decoding: the most probable word at every step. */
import { firstStep, type DecodedCaption, type Stepper } from './stepper.ts'
import { RowCaptions } from './row-captions.ts'

/** One caption for each row (rows = images: a stepper with one beam). UNK may be written, as published, where the stepper lets it. */
export async function greedySearch(stepper: Stepper, maximumWords: number): Promise<DecodedCaption[]> {
  const { tokens, parents } = firstStep(stepper)
  const captions = new RowCaptions(tokens.length)
  const steps = Math.min(maximumWords, stepper.maximumSteps)
  for (let step = 0; step < steps && !captions.allEnded; step++) {
    const logProbabilities = await stepper.step(tokens, parents)
    for (let row = 0; row < tokens.length; row++) {
      const start = row * stepper.outputs
      let best = 0
      for (let id = 1; id < stepper.outputs; id++) if (logProbabilities[start + id] > logProbabilities[start + best]) best = id
      tokens[row] = captions.append(row, best, logProbabilities[start + best])
    }
  }
  return captions.finish()
}
