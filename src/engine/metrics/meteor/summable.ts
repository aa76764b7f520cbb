/** METEOR as a metric of summed rows, as `../summable.ts` has them: resampling a test set needs no second alignment. */
import type { SummableMetric } from '../statistics/summable.ts'
import { meteorScore } from './score.ts'
import { addStatistics, emptyStatistics, fromNumbers, statisticsWidth, toNumbers, type MeteorStatistics } from './statistics.ts'

/** One row of 23 numbers an image, in the order given, under the name of the scorer that made them. */
export function summableMeteor(name: string, perImage: readonly MeteorStatistics[]): SummableMetric {
  const rows = new Float64Array(perImage.length * statisticsWidth)
  perImage.forEach((statistics, image) => {
    const row = emptyStatistics()
    addStatistics(row, statistics) // leaves out the chunk of a perfect segment, as every sum does
    rows.set(toNumbers(row), image * statisticsWidth)
  })
  return meteorOfRows(name, rows)
}

/** The same from rows that were made before and stored. */
export function meteorOfRows(name: string, rows: Float64Array): SummableMetric {
  return { names: [name], width: statisticsWidth, rows, values: (sums) => [meteorScore(fromNumbers(sums))] }
}
