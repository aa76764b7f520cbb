/** METEOR as rows that add up: resampling a test set needs no second alignment. */
import { AppError } from '../errors.ts'
import { meteorScore } from './meteor-score.ts'
import { addStatistics, emptyStatistics, fromNumbers, statisticsWidth, toNumbers } from './meteor-statistics.ts'
import type { ToolMetric } from './metric.ts'

/** Images between two chances to cancel. */
const imagesPerBreath = 100

/** One row of 23 numbers an image, by the scorer that is METEOR under this name. */
export function meteorRows(name: string): ToolMetric['rows'] {
  return async (images, { meteor }, breathe) => {
    if (meteor?.name !== name)
      throw new AppError('unavailable', `${name} was asked for, but its resources are not there.`, { todo: 'Point to METEOR’s folder.' })
    const rows = new Float64Array(images.length * statisticsWidth)
    for (const [image, { candidate, references }] of images.entries()) {
      const segment = meteor.statistics(
        candidate.join(' '),
        references.map((tokens) => tokens.join(' ')),
      )
      const row = emptyStatistics()
      addStatistics(row, segment) // leaves out the chunk of a perfect segment, as every sum does
      rows.set(toNumbers(row), image * statisticsWidth)
      if (image % imagesPerBreath === imagesPerBreath - 1) await breathe(image + 1)
    }
    return rows
  }
}

export function meteorOfSums(sums: ArrayLike<number>): number[] {
  return [meteorScore(fromNumbers(sums))]
}
