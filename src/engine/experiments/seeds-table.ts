/** What an experiment's recipes reach over their seeds, and what they differ by: the part of its table from which something may be concluded. */
import { certainDirection, type CellGroup, type ExperimentReport } from '#shared/experiments.ts'
import { significance } from '#shared/metrics/holm.ts'
import { metricTitle } from '#shared/metrics/table.ts'
import { csvRows, markdownRows } from '#shared/tables/rows.ts'
import { signedDifference, spreadOf, withInterval } from './written-rows.ts'

/** Sections of the Markdown page; with one seed, only why there are none. */
export function overSeeds(report: ExperimentReport): string[] {
  const { groups, metrics, devPhotos, baselines } = report
  if (groups.every(({ seeds }) => seeds.length < 2)) {
    return ['One seed: the intervals below cover photos, not training, and nothing is bold. To compare recipes, run them with three seeds.']
  }
  const rows = groups.map((group) => [...coordinates(group), seedsOf(group), ...metrics.map((metric) => scoreOf(group, metric))])
  return [
    '## Over seeds',
    `Means over the seeds; in brackets: 95 % intervals over the ${devPhotos} judged photos and over seeds; spread: the standard deviation between seeds. With one seed the interval covers photos only.`,
    markdownRows([['encoder', 'captioner', 'recipe', 'seeds', ...metrics.map(metricTitle)], ...rows]),
    ...baselines.flatMap((baseline, index) => differencesSection(report, baseline, index)),
  ]
}

function differencesSection({ groups, metrics }: ExperimentReport, baseline: string, index: number): string[] {
  const rows = groups.flatMap((group) => {
    const differences = group.differences[index] ?? null
    if (differences === null) return []
    const told = metrics.map((metric) => signedDifference(differences.metrics[metric], certainDirection(differences, metric, group) !== null))
    return [[...coordinates(group), `${seedsOf(group)}${differences.baselineCollapsed ? ' (baseline collapsed)' : ''}`, ...told]]
  })
  if (rows.length === 0) return []
  const comparisons = groups.reduce((sum, group) => sum + Object.keys(group.differences[index]?.metrics ?? {}).length, 0)
  return [
    `## Against ${baseline}`,
    `Each recipe minus the one that differs from it in nothing but that, over photos and seeds; in brackets: 95 % intervals. Bold where p stays at most ${significance} after Holm’s correction over all differences of this table (${comparisons}), and the difference does not round to nothing.`,
    markdownRows([['encoder', 'captioner', 'recipe', 'seeds', ...metrics.map(metricTitle)], ...rows]),
  ]
}

const coordinates = ({ encoder, captioner, recipe }: CellGroup): string[] => [encoder, captioner, recipe]

function seedsOf({ seeds, collapsed }: CellGroup): string {
  return `${seeds.length === 0 ? '–' : seeds.join(', ')}${collapsed.length === 0 ? '' : ` (collapsed: ${collapsed.join(', ')})`}`
}

function scoreOf({ scores }: CellGroup, metric: string): string {
  if (!Object.hasOwn(scores, metric)) return '–'
  const { spread } = scores[metric]
  return `${withInterval(scores[metric])}${spread === null ? '' : `, spread ${spread.toFixed(4)}`}`
}

/** One row a recipe, full precision. */
export function csvOverSeeds({ groups, metrics, baselines }: ExperimentReport): string {
  const parts = ['', ' low', ' high']
  const head = [
    ...['encoder', 'captioner', 'recipe', 'seeds', 'collapsed seeds'],
    ...metrics.flatMap((metric) => [...parts, ' spread'].map((part) => metric + part)),
    ...baselines.flatMap((baseline) => metrics.flatMap((metric) => [...parts, ' p', ' p by Holm'].map((part) => `${metric} against ${baseline}${part}`))),
  ]
  const rows = groups.map((group) => [
    ...coordinates(group),
    group.seeds.join(' '),
    group.collapsed.join(' '),
    ...metrics.flatMap((metric) => [...spreadOf(group.scores[metric]), group.scores[metric]?.spread]),
    ...group.differences.flatMap((difference) =>
      metrics.flatMap((metric) => {
        const told = difference?.metrics[metric]
        return [...spreadOf(told), told?.p, told?.adjusted]
      }),
    ),
  ])
  return csvRows([head, ...rows])
}
