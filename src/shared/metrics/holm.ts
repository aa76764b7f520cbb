/**
 * Holm's step-down correction (Holm 1979): among all comparisons of one table, the chance that any two equal systems are called different stays
 * below 5 %, however the comparisons hang together.
 */

/** The chance of error that a table allows itself. */
export const significance = 0.05

/** Adjusted p-values in the order given; each is to be compared with `significance` itself. */
export function holm(pValues: readonly number[]): number[] {
  const order = pValues.map((_, index) => index).sort((a, b) => pValues[a] - pValues[b])
  const adjusted = Array.from(pValues, () => 1)
  let least = 0
  order.forEach((index, rank) => {
    least = Math.max(least, Math.min(1, pValues[index] * (pValues.length - rank)))
    adjusted[index] = least
  })
  return adjusted
}
