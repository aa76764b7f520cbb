/** Writes an experiment's results beside its cells: the table in three forms, and plots of scores, differences and learning curves. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { intervalPlot } from '#shared/plots/interval-plot.ts'
import { linePlot } from '#shared/plots/line-plot.ts'
import { readCurve, type CurvePoint } from '#engine/training/runs/curve.ts'
import type { CellLayout, ExperimentLayout } from '#engine/workspace/experiments/experiment-layout.ts'
import { writeWhole } from '#engine/files/write-whole.ts'
import type { Cell, CellGroup, ExperimentReport } from '#shared/experiments.ts'
import { metricTitle } from '#shared/metrics/table.ts'
import { writeJson } from './folder.ts'
import type { ExperimentRecipe } from './recipe.ts'
import { csvOverSeeds } from './seeds-table.ts'
import { csvTable, markdownTable } from './table.ts'

export interface ExperimentPlot {
  title: string
  file: string
  svg: string
}

/** Replaces what was written before, each file whole. */
export async function writeResults(layout: ExperimentLayout, recipe: ExperimentRecipe, report: ExperimentReport): Promise<void> {
  const plots = await experimentPlots(layout, report)
  for (const { file, svg } of plots) await writeWhole(join(layout.folder, file), svg)
  for (const file of ['scores.svg', 'curves.svg']) if (!plots.some((plot) => plot.file === file)) await rm(join(layout.folder, file), { force: true })
  await writeWhole(layout.results.csv, csvTable(report))
  await writeWhole(layout.results.overSeeds, csvOverSeeds(report))
  await writeWhole(layout.results.markdown, markdownTable(report, recipe, { files: plots }))
  await writeJson(layout.results.json, report)
}

/** Scores, differences to each baseline, and learning curves, as far as there are any. */
export async function experimentPlots(layout: ExperimentLayout, report: ExperimentReport): Promise<ExperimentPlot[]> {
  return [...scorePlots(report), ...(await curvePlots(layout, report))]
}

/** The points of a cell's curve, also while it grows. */
export async function cellCurve({ curve, growingCurve }: CellLayout): Promise<CurvePoint[]> {
  const kept = await readCurve(curve, Infinity)
  return kept.length > 0 ? kept : readCurve(growingCurve, Infinity)
}

/** What a cell is called where its experiment is known: only the coordinates that vary. */
export function cellLabel(cell: Cell, cells: readonly Cell[]): string {
  const coordinates = ['encoder', 'captioner', 'recipe', 'seed'] as const
  const varying = coordinates.filter((coordinate) => new Set(cells.map((each) => each[coordinate])).size > 1)
  const shown = varying.length === 0 ? (['captioner'] as const) : varying
  return shown.map((coordinate) => (coordinate === 'seed' ? `seed ${cell.seed}` : cell[coordinate])).join(' · ')
}

/** What a recipe is called beside the others, its seeds taken together. */
function groupLabel(group: CellGroup, groups: readonly CellGroup[]): string {
  const coordinates = ['encoder', 'captioner', 'recipe'] as const
  const varying = coordinates.filter((coordinate) => new Set(groups.map((each) => each[coordinate])).size > 1)
  return (varying.length === 0 ? (['captioner'] as const) : varying).map((coordinate) => group[coordinate]).join(' · ')
}

/** CIDEr where it was asked for: what captioners are chosen by. */
function leadingMetric({ metrics }: ExperimentReport): string | undefined {
  return metrics.find((metric) => metric === 'CIDEr') ?? metrics.at(0)
}

function scorePlots(report: ExperimentReport): ExperimentPlot[] {
  const metric = leadingMetric(report)
  if (metric === undefined) return []
  const cells = report.cells.map(({ cell }) => cell)
  const seeds = report.groups.some((group) => group.seeds.length > 1)
  const covered = seeds ? 'over photos and seeds' : 'over photos alone'
  const groups = report.groups.filter(({ scores }) => Object.hasOwn(scores, metric))
  const scores = groups.map((group) => ({ label: groupLabel(group, report.groups), group: group.encoder, ...group.scores[metric] }))
  const title = `${metricTitle(metric)} on ${report.devPhotos} photos, beam ${report.beam}`
  const differences = report.baselines.flatMap((baseline, index): ExperimentPlot[] => {
    const single = report.cells.flatMap(({ cell, differences: all }) => {
      const difference = all[index]
      return difference === null ? [] : [{ label: cellLabel(cell, cells), group: cell.encoder, ...difference.metrics[metric] }]
    })
    const rows = !seeds
      ? single
      : groups.flatMap((group) => {
          const difference = group.differences[index]
          return difference === null ? [] : [{ label: groupLabel(group, report.groups), group: group.encoder, ...difference.metrics[metric] }]
        })
    if (rows.length === 0) return []
    const name = `${metricTitle(metric)} against ${baseline}`
    return [
      {
        title: name,
        file: `differences-${index + 1}.svg`,
        svg: intervalPlot({ title: name, across: `difference, with its 95 % interval ${covered}`, rows, zero: true }),
      },
    ]
  })
  return [
    { title, file: 'scores.svg', svg: intervalPlot({ title, across: `${metricTitle(metric)}, with its 95 % interval ${covered}`, rows: scores }) },
    ...differences,
  ]
}

async function curvePlots(layout: ExperimentLayout, report: ExperimentReport): Promise<ExperimentPlot[]> {
  const cells = report.cells.map(({ cell }) => cell)
  const lines = []
  for (const cell of cells) {
    const points = await cellCurve(layout.cell(cell.id))
    const evaluations = points.flatMap((point) => (point.kind === 'evaluation' ? [{ x: point.epoch, y: point.scores['CIDEr'] ?? 0 }] : []))
    if (evaluations.length > 0) lines.push({ title: cellLabel(cell, cells), points: evaluations })
  }
  if (lines.length === 0) return []
  const title = 'Dev CIDEr while training'
  return [{ title, file: 'curves.svg', svg: linePlot({ title, across: 'epochs', left: 'CIDEr of the evaluations in training', lines }) }]
}
