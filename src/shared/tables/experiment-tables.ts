/** The tables of an experiment: as the window copies them, and as reports show them. */
import { certainDirection, type ComparedCell, type ExperimentReport } from '../experiments.ts'
import { significance } from '../metrics/holm.ts'
import { metricTitle } from '../metrics/table.ts'
import { figure, text, whole, withDifference } from './columns.ts'
import type { FigureTable, TableCell } from './written-table.ts'

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
