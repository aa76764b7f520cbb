/** The tables that the window shows, as they are copied: the same figures, with their intervals, in the same order. */
import type { Comparison, CorpusComparison, Evaluation, MetricName } from '#shared/domain.ts'
import { certainDirection, type ComparedCell, type ExperimentReport } from '#shared/experiments.ts'
import { significance } from '#shared/metrics/holm.ts'
import { metricTitle } from '#shared/metrics/table.ts'
import type { Slice, SliceHistory } from '#shared/slices/slices.ts'
import type { FigureTable, TableCell, TableColumn } from '#shared/tables/written-table.ts'

const intervals = 'In brackets: 95 % bootstrap intervals over the images.'
const text = (title: string): TableColumn => ({ title, kind: 'text' })
const whole = (title: string): TableColumn => ({ title, kind: 'number', digits: 0 })
const figure = (title: string): TableColumn => ({ title, kind: 'number' })
const difference = (title: string): TableColumn => ({ title: `${title}, difference`, kind: 'number', signed: true })

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

const withDifference = (title: string, compared: boolean): TableColumn[] => (compared ? [figure(title), difference(title)] : [figure(title)])

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

/** What an experiment's recipes reach over their seeds, with the differences to a baseline. */
export function seedsTable({ groups, metrics, devPhotos, baselines }: ExperimentReport, baseline: number): FigureTable {
  return {
    columns: [
      text('Encoder'),
      text('Captioner'),
      text('Recipe'),
      text('Seeds'),
      ...metrics.flatMap((metric) => withDifference(metricTitle(metric), baseline >= 0)),
    ],
    rows: groups.map((group) => {
      const differences = group.differences[baseline] ?? null
      return [
        ...[group.encoder, group.captioner, group.recipe, group.seeds.join(', ')],
        ...metrics.flatMap((metric): TableCell[] => {
          const score = ranged(Object.hasOwn(group.scores, metric) ? group.scores[metric] : undefined)
          return baseline < 0 ? [score] : [score, ranged(differences === null ? undefined : differences.metrics[metric])]
        }),
      ]
    }),
    note: `Means over seeds; in brackets: 95 % intervals over ${devPhotos} photos and over seeds.${baseline < 0 ? '' : ` Differences to ${baselines[baseline]}${certain(groups, metrics, baseline)}.`}`,
  }
}

function certain(groups: ExperimentReport['groups'], metrics: readonly string[], baseline: number): string {
  const names = groups.flatMap((group) => {
    const differences = group.differences[baseline] ?? null
    const sure = differences === null ? [] : metrics.filter((metric) => certainDirection(differences, metric, group) !== null)
    return sure.map((metric) => `${metricTitle(metric)} of ${group.encoder}, ${group.captioner}, ${group.recipe}`)
  })
  return names.length === 0
    ? `; none stays at p ≤ ${significance} after Holm’s correction`
    : `; p ≤ ${significance} after Holm’s correction: ${names.join('; ')}`
}

/** The cells of an experiment, one run each. */
export function cellTable({ cells, metrics, devPhotos, baselines }: ExperimentReport, baseline: number): FigureTable {
  return {
    columns: [
      ...[text('Encoder'), text('Captioner'), text('Recipe'), whole('Seed'), text('State')],
      ...metrics.flatMap((metric) => withDifference(metricTitle(metric), baseline >= 0)),
      ...[whole('Parameters'), whole('Training, s'), whole('Tokens/s'), { ...figure('Captions/s'), digits: 1 }, { ...figure('Photos/s'), digits: 1 }],
    ],
    rows: cells.map((row) => [
      ...[row.cell.encoder, row.cell.captioner, row.cell.recipe, row.cell.seed, row.state],
      ...metrics.flatMap((metric) => cellScores(row, metric, baseline)),
      ...(row.result === null
        ? [null, null, null, null, null]
        : [row.result.parameters, row.result.trainingSeconds, row.result.tokensPerSecond, row.result.captionsPerSecond, row.result.photosPerSecond]),
    ]),
    note: `In brackets: 95 % bootstrap intervals over ${devPhotos} photos; they cover photos, not training.${baseline < 0 ? '' : ` Differences to ${baselines[baseline]}.`}`,
  }
}

function cellScores({ result, differences }: ComparedCell, metric: string, baseline: number): TableCell[] {
  const score = ranged(result?.scores[metric])
  return baseline < 0 ? [score] : [score, ranged(differences[baseline]?.metrics[metric])]
}

function ranged(interval: { value: number; low: number; high: number } | undefined): TableCell {
  return interval === undefined ? null : { value: interval.value, interval }
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
    note: `${history.images} of ${history.of} images; means of images. In brackets: 95 % intervals (Student, Welch).`,
  }
}
