/** The tables that the window shows, as they are copied: the same figures, with their intervals, in the same order. */
import { count, countOf, type Comparison, type CorpusComparison, type Evaluation, type MetricName } from '#shared/domain.ts'
import { metricTitle } from '#shared/metrics/table.ts'
import type { Slice, SliceHistory } from '#shared/slices/slices.ts'
import { figure, text, whole, withDifference } from '#shared/tables/columns.ts'
import type { FigureTable, TableCell } from '#shared/tables/written-table.ts'

const intervals = 'In brackets: 95 % bootstrap intervals over the images.'

/** The models scored on a set, each with what it differs from the promoted one by. */
export function evaluationTable(
  rows: readonly { model: { name: string; promoted: boolean }; evaluation: Evaluation; against: CorpusComparison['metrics'] }[],
  metrics: readonly MetricName[],
): FigureTable {
  const compared = metrics.filter((metric) => rows.some(({ against }) => against[metric] !== undefined))
  return {
    columns: [text('Model'), whole('Images'), whole('Beam'), ...metrics.flatMap((metric) => withDifference(metricTitle(metric), compared.includes(metric)))],
    rows: rows.map(({ model, evaluation, against }) => [
      model.promoted ? `${model.name} (promoted)` : model.name,
      evaluation.images,
      evaluation.beam,
      ...metrics.flatMap((metric): TableCell[] => {
        const value = evaluation.scores[metric]
        const score = value === undefined ? null : { value, interval: evaluation.intervals?.[metric] }
        if (!compared.includes(metric)) return [score]
        const found = against[metric]
        return [score, found === undefined ? null : { value: found.after - found.before, interval: found.interval }]
      }),
    ]),
    note: `${intervals} Differences are to the promoted model, paired photo by photo.`,
  }
}

/** Two models on the same images. */
export function comparisonTable(comparison: Comparison, names: { before: string; after: string }, metrics: readonly MetricName[]): FigureTable {
  const cell = (value: number | undefined): TableCell => value ?? null
  return {
    columns: [text('Metric'), figure(names.before), figure(names.after), { title: 'Difference', kind: 'number', signed: true }, figure('p')],
    rows: metrics.map((metric) => {
      const [before, after] = [comparison.before[metric], comparison.after[metric]]
      const differs = before === undefined || after === undefined ? null : { value: after - before, interval: comparison.intervals[metric] }
      return [metricTitle(metric), cell(before), cell(after), differs, cell(comparison.pValues[metric])]
    }),
    note: `${comparison.images} images. ${intervals}`,
  }
}

/** Every model on the images of a slice, against the rest of the set. */
export function historyTable(history: SliceHistory, { name, metric }: Slice, nameOf: (modelId: string) => string): FigureTable {
  const title = metricTitle(metric)
  return {
    columns: [text('Model'), figure(`${title} in ${name}`), figure(`${title} elsewhere`), { title: 'Difference', kind: 'number', signed: true }],
    rows: history.scores.map(({ modelId, mean, interval, rest, difference: found }) => [
      nameOf(modelId),
      mean === null ? null : { value: mean, interval },
      rest,
      found === null ? null : { value: found.value, interval: found },
    ]),
    note: `${count(history.images)} of ${countOf(history.of, 'image')}; means of images. In brackets: 95 % intervals (Student, Welch).`,
  }
}
