/** Which places of a batch are computed: captions lie padded in [rows, steps], and most of the padding is left out. See `nn/packed-rows.ts`. */

import { contrastShown, learnedTargets, type BatchPlanner, type CutCaptions } from './batches.ts'

/** What a training graph is fed of a batch's packing. */
export interface Packing {
  /** [packed]: the places that are computed, the last of them one of padding. */
  readonly places: BigInt64Array
  /** [rows · steps]: where each place lies among the packed ones. */
  readonly placeRows: BigInt64Array
}

/** For each row of `steps` places the number that the loss depends on: those up to the last with a weight. */
function neededSteps(weights: Float32Array, steps: number): number[] {
  return Array.from({ length: weights.length / steps }, (_, row) => {
    let needed = steps
    while (needed > 0 && weights[row * steps + needed - 1] === 0) needed--
    return needed
  })
}

/** How many places of a batch the loss depends on. */
export function neededPlaces(weights: Float32Array, steps: number): number {
  return neededSteps(weights, steps).reduce((sum, needed) => sum + needed, 0)
}

/** The smallest of the ascending sizes that holds so many places and one of padding; undefined: only all places do. */
export function packedSize(sizes: readonly number[], needed: number): number | undefined {
  return sizes.find((size) => size > needed)
}

/** Chooses `size` places, more than are needed: first those needed, row by row, then some of padding. */
export function packPlaces(weights: Float32Array, steps: number, size: number): Packing {
  const places = new BigInt64Array(size)
  const placeRows = new BigInt64Array(weights.length).fill(BigInt(size - 1))
  const needed = neededSteps(weights, steps)
  let packed = 0
  const takeSteps = (row: number, from: number, to: number): void => {
    for (let step = from; step < to && packed < size; step++, packed++) {
      const place = row * steps + step
      places[packed] = BigInt(place)
      placeRows[place] = BigInt(packed)
    }
  }
  needed.forEach((count, row) => takeSteps(row, 0, count))
  if (packed >= size) throw new Error(`${size} packed places do not hold the ${neededPlaces(weights, steps)} of the batch and one of padding`)
  needed.forEach((count, row) => takeSteps(row, count, steps))
  return { places, placeRows }
}

/** Sizes from a share of all places on, an eighth apart. */
function sizesFrom(share: number, allPlaces: number): number[] {
  const sizes = Array.from({ length: 8 }, (_, index) => Math.ceil(((index + 1) * allPlaces) / 8))
  return sizes.filter((size) => size >= share * allPlaces && size < allPlaces)
}

/**
 * Sizes for captions that are written and whose lengths are not known before: three quarters of all places hold what trained captioners write, and no
 * size is so near it that batches would change between sessions.
 */
export function sizesOfWritten(allPlaces: number): number[] {
  return sizesFrom(0.75, allPlaces)
}

/** Batches of a run whose lengths are looked up before it begins, at most. */
const lookedUp = 1000
/** How much larger than the longest batch looked up the first size is. */
const margin = 1.01

export interface PlannedBatches {
  readonly allPlaces: number
  /** Places of a caption. */
  readonly steps: number
  /** Steps of the whole run: a short one's epochs are too few batches to tell the longest of the others. */
  readonly totalSteps: number
  readonly cutCaptions: CutCaptions
  /** Whether captions that were turned down stand beside those preferred. */
  readonly contrasts?: boolean
}

/**
 * Sizes for planned batches: one that holds those looked up, so that nearly all are run by one session, and larger ones for the few that are
 * longer. A function of the plan alone, so that a resumed run has the same.
 */
export function packedSizesOf(planner: BatchPlanner, { allPlaces, steps, totalSteps, cutCaptions, contrasts }: PlannedBatches): number[] {
  let longest = 0
  for (let step = 1; step <= Math.min(totalSteps, lookedUp); step++) {
    const captions = planner.plan(step).images.flatMap((image) => {
      const contrast = contrasts === true ? contrastShown(image) : undefined
      return contrast === undefined ? image.captions : [...image.captions, contrast.rejected]
    })
    longest = Math.max(
      longest,
      captions.reduce((sum, caption) => sum + learnedTargets(caption, steps, cutCaptions), 0),
    )
  }
  const usual = 8 * Math.ceil((margin * longest + 1) / 8)
  return [usual, ...sizesFrom(usual / allPlaces, allPlaces)].filter((size) => size < allPlaces)
}
