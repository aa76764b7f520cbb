/** One table of an experiment, as Markdown for people and as CSV for other programs. */
import type { ComparedCell, ExperimentReport } from '#shared/experiments.ts'
import { metricTitle } from '#shared/metrics/table.ts'
import type { ExperimentRecipe } from './recipe.ts'
import { overSeeds } from './seeds-table.ts'
import { csvRows, markdownRows } from '#shared/tables/rows.ts'
import { signedDifference, spreadOf, withInterval } from './written-rows.ts'

export interface Plots {
  /** Titles and file names of the plots beside the table. */
  readonly files: readonly { title: string; file: string }[]
}

/** The Markdown page: command, data, what the recipes reach over their seeds, differences to the baselines, each cell, plots, settings. */
export function markdownTable(report: ExperimentReport, recipe: ExperimentRecipe, { files }: Plots): string {
  const done = report.cells.filter(({ state }) => state === 'done').length
  const failed = report.cells.filter(({ error }) => error !== null)
  const parts = [
    `# ${report.name}`,
    report.description,
    `\`${report.command}\``,
    `Data: ${report.data}. Captions by beam ${report.beam}, judged against all references of each photo with coco-caption’s tokenizer and conventions. CIDEr is CIDEr-D, as there, with document frequencies of these references.`,
    choiceNote(report),
    `${done} of ${report.cells.length} cells are done${failed.length === 0 ? '' : `, ${failed.length} failed`}.`,
    collapseNote(report),
    ...overSeeds(report),
    ...cellByCell(report),
    ...files.map(({ title, file }) => `![${title}](${file})`),
    ...(failed.length === 0 ? [] : ['## Failed cells', failed.map(({ cell, error }) => `- \`${cell.id}\`: ${error?.happened ?? ''}`).join('\n')]),
    '## Settings',
    'Everything that a cell’s result follows from, beside the data; what is not here has the defaults of the training recipe.',
    `\`\`\`json\n${JSON.stringify(withoutPaths(recipe), null, 2)}\n\`\`\``,
  ]
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`
}

/** Where the data lay on the machine that ran it is nobody's business. */
function withoutPaths({ data: { terms, limits }, ...recipe }: ExperimentRecipe): unknown {
  return { ...recipe, data: { terms, limits } }
}

function choiceNote({ choosingPhotos, devPhotos }: ExperimentReport): string {
  if (choosingPhotos > 0) return `${choosingPhotos} photos of dev chose each cell’s checkpoint; the ${devPhotos} others judged it.`
  return 'The photos that judge each cell also chose its checkpoint: the scores flatter every cell a little.'
}

function collapseNote({ cells }: ExperimentReport): string {
  const collapsed = cells.flatMap(({ cell, result }) => (result?.collapsedTo === undefined ? [] : [`\`${cell.id}\` (“${result.collapsedTo}”)`]))
  if (collapsed.length === 0) return ''
  return `**Collapsed**: ${collapsed.join(', ')} gave at least half of the photos one and the same caption. Nothing is concluded from these, or against them.`
}

/** Each cell with its scores, and the same seed of two recipes for whoever wants to look at single runs. Nothing is bold here. */
function cellByCell(report: ExperimentReport): string[] {
  const head = ['encoder', 'captioner', 'recipe', 'seed', 'parameters', ...report.metrics.map(metricTitle), 'training', 'tokens/s', 'captions/s', 'photos/s']
  return [
    '## Each cell',
    `In brackets: 95 % bootstrap intervals over the ${report.devPhotos} judged photos, 1,000 resamples. They cover photos, not training: another seed may well fall outside.`,
    markdownRows([head, ...report.cells.map((cell) => scoreRow(cell, report.metrics))]),
    'Speeds are those of the machine that ran it: tokens/s in training, captions/s with features at hand, photos/s from file to caption. Compare them within this table only.',
    ...report.baselines.flatMap((baseline, index) => cellDifferences(report, baseline, index)),
  ]
}

function scoreRow({ cell, state, result }: ComparedCell, metrics: readonly string[]): string[] {
  const names = [cell.encoder, cell.captioner, cell.recipe, `${cell.seed}${result?.collapsedTo === undefined ? '' : ' (collapsed)'}`]
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

function cellDifferences({ cells, metrics }: ExperimentReport, baseline: string, index: number): string[] {
  const rows = cells.flatMap(({ cell, differences }) => {
    const difference = differences[index]
    if (difference === null) return []
    const collapsed = cells.find((other) => other.cell.id === difference.baseline)?.result?.collapsedTo !== undefined
    const seed = `${cell.seed}${collapsed ? ' (baseline collapsed)' : ''}`
    return [[cell.encoder, cell.captioner, cell.recipe, seed, ...metrics.map((metric) => signedDifference(difference.metrics[metric]))]]
  })
  if (rows.length === 0) return []
  return [
    `### Cell by cell against ${baseline}`,
    'Each cell minus the cell that differs from it in nothing but that, paired photo by photo. The intervals cover photos, not training.',
    markdownRows([['encoder', 'captioner', 'recipe', 'seed', ...metrics.map(metricTitle)], ...rows]),
  ]
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
  return csvRows([head, ...rows])
}
