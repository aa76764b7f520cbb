/** One table of an experiment, as Markdown for people and as CSV for other programs. */
import type { ComparedCell, ExperimentReport, ScoreDifference, ScoreInterval } from '#shared/experiments.ts'
import { metricTitle } from '#shared/metrics/table.ts'
import type { ExperimentRecipe } from './recipe.ts'

export interface Plots {
  /** Titles and file names of the plots beside the table. */
  readonly files: readonly { title: string; file: string }[]
}

/** The Markdown page: command, data, scores with intervals, differences to the baselines, plots, settings. */
export function markdownTable(report: ExperimentReport, recipe: ExperimentRecipe, { files }: Plots): string {
  const done = report.cells.filter(({ state }) => state === 'done').length
  const failed = report.cells.filter(({ error }) => error !== null)
  const head = ['encoder', 'captioner', 'recipe', 'seed', 'parameters', ...report.metrics.map(metricTitle), 'training', 'tokens/s', 'captions/s', 'photos/s']
  const parts = [
    `# ${report.name}`,
    report.description,
    `\`${report.command}\``,
    `Data: ${report.data}. Captions by beam ${report.beam}, judged against all references of each photo with coco-caption’s tokenizer and conventions. CIDEr is CIDEr-D, as there, with document frequencies of these references.`,
    `${done} of ${report.cells.length} cells are done${failed.length === 0 ? '' : `, ${failed.length} failed`}. In brackets: 95 % bootstrap intervals over the ${report.devPhotos} judged photos, 1,000 resamples.`,
    markdownRows([head, ...report.cells.map((cell) => scoreRow(cell, report.metrics))]),
    'Speeds are those of the machine that ran it: tokens/s in training, captions/s with features at hand, photos/s from file to caption. Compare them within this table only.',
    ...report.baselines.flatMap((baseline, index) => differencesSection(report, baseline, index)),
    ...files.map(({ title, file }) => `![${title}](${file})`),
    ...(failed.length === 0 ? [] : ['## Failed cells', failed.map(({ cell, error }) => `- \`${cell.id}\`: ${error?.happened ?? ''}`).join('\n')]),
    '## Settings',
    'Everything that a cell’s result follows from, beside the data; what is not here has the defaults of the training recipe.',
    `\`\`\`json\n${JSON.stringify(recipe, null, 2)}\n\`\`\``,
  ]
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`
}

function scoreRow({ cell, state, result }: ComparedCell, metrics: readonly string[]): string[] {
  const names = [cell.encoder, cell.captioner, cell.recipe, String(cell.seed)]
  if (result === null) return [...names, state, ...Array.from({ length: metrics.length + 4 }, () => '–')]
  return [
    ...names,
    `${(result.parameters / 1e6).toFixed(2)} M`,
    ...metrics.map((metric) => withInterval(result.scores[metric])),
    `${(result.trainingSeconds / 60).toFixed(1)} min`,
    result.tokensPerSecond?.toFixed(0) ?? '–',
    result.captionsPerSecond.toFixed(1),
    result.photosPerSecond.toFixed(1),
  ]
}

function differencesSection({ cells, metrics }: ExperimentReport, baseline: string, index: number): string[] {
  const rows = cells.flatMap(({ cell, differences }) => {
    const difference = differences[index]
    if (difference === null) return []
    return [[cell.encoder, cell.captioner, cell.recipe, String(cell.seed), ...metrics.map((metric) => signedDifference(difference.metrics[metric]))]]
  })
  if (rows.length === 0) return []
  return [
    `## Against ${baseline}`,
    `Each cell minus the cell that differs from it in nothing but that, paired photo by photo; bold where the interval leaves out zero.`,
    markdownRows([['encoder', 'captioner', 'recipe', 'seed', ...metrics.map(metricTitle)], ...rows]),
  ]
}

function withInterval(interval: ScoreInterval | undefined): string {
  return interval === undefined ? '–' : `${interval.value.toFixed(4)} [${interval.low.toFixed(3)}, ${interval.high.toFixed(3)}]`
}

function signedDifference(difference: ScoreDifference | undefined): string {
  if (difference === undefined) return '–'
  const { value, low, high } = difference
  const text = `${signed(value, 4)} [${signed(low, 3)}, ${signed(high, 3)}]`
  return low > 0 || high < 0 ? `**${text}**` : text
}

function signed(value: number, digits: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(digits)}`
}

function markdownRows([head, ...rows]: readonly (readonly string[])[]): string {
  const line = (row: readonly string[]): string => `| ${row.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

/** One row a cell, full precision; intervals and differences in columns of their own. */
export function csvTable({ cells, metrics, baselines }: ExperimentReport): string {
  const spread = (name: string): string[] => [name, `${name} low`, `${name} high`]
  const head = [
    ...['cell', 'encoder', 'captioner', 'recipe', 'seed', 'state', 'parameters', 'judged photos', 'steps'],
    ...metrics.flatMap(spread),
    ...['training seconds', 'training tokens/s', 'captions/s', 'photos/s'],
    ...baselines.flatMap((baseline) => metrics.flatMap((metric) => [...spread(`${metric} against ${baseline}`), `${metric} against ${baseline} p`])),
    'error',
  ]
  const rows = cells.map(({ cell, state, result, error, differences }) => [
    ...[cell.id, cell.encoder, cell.captioner, cell.recipe, cell.seed, state, result?.parameters, result?.judgedPhotos, result?.steps],
    ...metrics.flatMap((metric) => spreadOf(result?.scores[metric])),
    ...[result?.trainingSeconds, result?.tokensPerSecond, result?.captionsPerSecond, result?.photosPerSecond],
    ...differences.flatMap((difference) => metrics.flatMap((metric) => [...spreadOf(difference?.metrics[metric]), difference?.metrics[metric]?.p])),
    error?.happened,
  ])
  return [head, ...rows].map((row) => `${row.map(csvField).join(',')}\r\n`).join('')
}

function spreadOf(interval: ScoreInterval | undefined): (number | undefined)[] {
  return [interval?.value, interval?.low, interval?.high]
}

/** RFC 4180. */
function csvField(value: string | number | null | undefined): string {
  const text = String(value ?? '')
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
