/** How many corrections it takes: what a number of corrections gained, as measured, against what so many held-out ones can show. */

/** CIDEr-D of each photo under both models. */
export interface PairedScores {
  before: readonly number[]
  after: readonly number[]
}

/** Mean gains in CIDEr-D where it was corrected, by corrections learned from: `npm run bench -- adapt`, the captioner that ships, COCO photos (docs/fine-tuning.md). */
export const measuredGains: readonly { corrections: number; gain: number }[] = [
  { corrections: 25, gain: 0.04 },
  { corrections: 50, gain: 0.053 },
  { corrections: 100, gain: 0.056 },
  { corrections: 150, gain: 0.059 },
]

const most = 2000
const smallestStep = 5

/**
 * Corrections beyond those there are until the held-out ones among them would show the gain that so many have brought in the measurements: the
 * first number at which 1.96 standard errors are less than the gain. The spread of a photo's difference is that of the held-out ones at hand.
 * Null where none under 2,000 would.
 */
export function moreCorrectionsNeeded({ before, after }: PairedScores, corrected: number): number | null {
  if (before.length < 2 || corrected === 0) return null
  const differences = before.map((value, index) => after[index] - value)
  const spread = standardDeviation(differences)
  const heldOut = before.length / corrected
  for (let total = corrected + smallestStep; total <= most; total += smallestStep) {
    if (1.96 * (spread / Math.sqrt(total * heldOut)) < expectedGain(total * (1 - heldOut))) return total - corrected
  }
  return null
}

/** Between the measured points straight lines; beyond the last, its gain: more was not measured. */
export function expectedGain(corrections: number): number {
  const after = measuredGains.findIndex((point) => point.corrections >= corrections)
  if (after === -1) return measuredGains[measuredGains.length - 1].gain
  const high = measuredGains[after]
  const low = after === 0 ? { corrections: 0, gain: 0 } : measuredGains[after - 1]
  return low.gain + ((high.gain - low.gain) * (corrections - low.corrections)) / (high.corrections - low.corrections)
}

/** Photos at which a loss or gain of this size lies outside the interval around nothing, at the spread of these photos' differences. */
export function photosToShow(size: number, { before, after }: PairedScores): number {
  return Math.ceil(((1.96 * standardDeviation(before.map((value, index) => after[index] - value))) / size) ** 2)
}

function standardDeviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1))
}
