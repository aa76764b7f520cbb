/** Fleiss' κ (1971) of items that any number of people put into categories, with the share it corrects for chance; items are resampled. */
import { percentiles, resamplesOf, type BootstrapOptions, type Interval } from './bootstrap.ts'

export interface CategoryAgreement {
  /** Mean over items of the share of couples of people who said the same. */
  share: Interval
  /** Null where everybody said the same of every item: chance alone would reach as much. */
  kappa: Interval | null
}

/** `items`: for each, how many people chose each category, at least two people an item. Null of no item. */
export function fleissKappa(items: readonly (readonly number[])[], options: BootstrapOptions = {}): CategoryAgreement | null {
  if (items.length === 0) return null
  const value = agreementOf(items, () => 1)
  const shares: number[] = []
  const kappas: number[] = []
  for (const weights of resamplesOf(items.length, options)) {
    const { share, kappa } = agreementOf(items, (item) => weights[item])
    shares.push(share)
    if (kappa !== null) kappas.push(kappa)
  }
  return {
    share: { value: value.share, ...percentiles(shares, options.confidence) },
    kappa: value.kappa === null ? null : { value: value.kappa, ...percentiles(kappas, options.confidence) },
  }
}

function agreementOf(items: readonly (readonly number[])[], weightOf: (item: number) => number): { share: number; kappa: number | null } {
  const chosen = items[0].map(() => 0)
  let people = 0
  let weights = 0
  let agreeing = 0
  items.forEach((counts, item) => {
    const weight = weightOf(item)
    const raters = counts.reduce((sum, count) => sum + count, 0)
    agreeing += (weight * counts.reduce((sum, count) => sum + count * (count - 1), 0)) / (raters * (raters - 1))
    weights += weight
    people += weight * raters
    counts.forEach((count, category) => (chosen[category] += weight * count))
  })
  const share = agreeing / weights
  const chance = chosen.reduce((sum, count) => sum + (count / people) ** 2, 0)
  return { share, kappa: chance > 1 - 1e-12 ? null : (share - chance) / (1 - chance) }
}
