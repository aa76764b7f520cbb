import { requireOutputs, writeOutput } from '#engine/files/output-place.ts'
import { basename } from 'node:path'
import type { Command } from 'commander'
import type { Matched } from '#engine/metrics/match-results.ts'
import type { MetricComparison } from '#engine/metrics/statistics/comparison.ts'
import { AppError } from '#shared/errors.ts'
import { csvRows } from '#shared/tables/rows.ts'
import type { FigureTable } from '#shared/tables/written-table.ts'
import { action } from '../../action.ts'
import { between, decimals, evaluateWithProgress, evaluationSettings, readMatched, table, withScoringOptions } from '../../scoring.ts'
import type { ScoringOptions } from '../../scoring.ts'
import { wholeNumber } from '../../numbers.ts'
import { comparisonFile, requireReportName, type System } from '../../reports/comparison-file.ts'
import { requireTableFormat, tableOption, writeTableFile } from '../../table-output.ts'

interface CompareOptions extends ScoringOptions {
  a?: string
  b?: string
  json?: string
  perImage?: string
  table?: string
  report?: string
  images?: string
  replace: boolean
}

/** `capstan compare`: results files on the same images, each against the first, every metric with interval and test. */
export function registerCompare(program: Command): void {
  const description = 'compare results files with the first of them: paired bootstrap intervals and p, with Holm’s correction over all differences'
  withScoringOptions(program.command('compare').description(description))
    .argument('[files...]', 'COCO results JSON of the same images, as many as you like; --a and --b stand before them')
    .option('--a <file>', 'the first results file')
    .option('--b <file>', 'the second')
    .option('--json <file>', 'write the comparison as JSON')
    .option('--per-image <file>', 'write captions and scores of every image: a CSV row each where the name ends in .csv, else a JSON line')
    .option('--table <file>', tableOption)
    .option('--report <file>', 'write one HTML file for a colleague: scores with intervals, the spread of differences, the photos at both ends')
    .option('--images <folder>', 'where the photos are, to show them in the report')
    .option('--replace', 'overwrite files that are there already', false)
    .option('--bootstrap <n>', 'resamples', wholeNumber(1, 1_000_000), 1000)
    .action(action('Nothing was written.', compare))
}

async function compare(signal: AbortSignal, files: string[], options: CompareOptions): Promise<void> {
  const { readReferences } = await import('#engine/datasets/scored-captions.ts')
  const { compareWithFirst } = await import('#engine/metrics/statistics/comparison.ts')
  const all = [options.a, options.b, ...files].filter((file) => file !== undefined)
  if (all.length < 2)
    throw new AppError('bad-input', 'There is nothing to compare with.', { kept: 'Nothing was scored.', todo: 'Give two results files or more.' })
  const rules = { inputs: [options.references, ...all, options.documentFrequency], replace: options.replace }
  requireOutputs([options.json, options.perImage, options.table, options.report], rules)
  requireTableFormat(options.table)
  requireReportName(options.report)
  const settings = await evaluationSettings(options, signal)
  const references = await readReferences(options.references)
  const matched: Matched[] = []
  for (const file of all) matched.push(await readMatched(references, file))
  requireSameImages(matched)
  const names = namesOf(all)
  const systems: System[] = []
  for (const [index, { images }] of matched.entries()) {
    systems.push({ name: names[index], file: all[index], images, scored: await evaluateWithProgress({ ...settings, images }, `${names[index]}:`) })
  }
  const compared = compareWithFirst(
    systems.map(({ scored }) => scored),
    { resamples: options.bootstrap, seed: options.seed },
  )
  const note = `${matched[0].images.length} images, ${options.bootstrap} resamples, seed ${options.seed}; the intervals cover these images, not another training of any system`
  console.log(table(printed(systems, compared)))
  console.log(note)
  await writeTableFile(options.table, { ...figures(systems, compared), note }, rules)
  if (options.perImage !== undefined) {
    await writeOutput(options.perImage, options.perImage.toLowerCase().endsWith('.csv') ? csvRows(perImageRows(systems)) : perImageLines(systems), rules)
  }
  if (options.report !== undefined) {
    const command = commandLine(all, options)
    const told = { systems, compared, references: options.references, names: references.names, folder: options.images, note, command }
    await writeOutput(options.report, await comparisonFile(told), rules)
  }
  if (options.json !== undefined) await writeOutput(options.json, `${JSON.stringify(report(systems, compared, options), null, 2)}\n`, rules)
}

/** The command that repeats it, files by the last parts of their paths. */
function commandLine(files: readonly string[], options: CompareOptions): string {
  const { references, metrics, meteor, paraphrases, spice, documentFrequency, images, bootstrap, seed } = options
  const flags = Object.entries({ references, meteor, paraphrases, spice, 'document-frequency': documentFrequency, images, report: options.report })
  const named = flags.flatMap(([flag, path]) => (path === undefined ? [] : [`--${flag}`, quoted(basename(path))]))
  const chosen = metrics === undefined ? [] : ['--metrics', quoted(metrics)]
  return ['capstan compare', ...files.map((file) => quoted(basename(file))), ...named, ...chosen, `--bootstrap ${bootstrap} --seed ${seed}`].join(' ')
}

/** A word as a shell takes it for one. */
const quoted = (word: string): string => (/^[\w./,:@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)

function requireSameImages([first, ...others]: readonly Matched[]): void {
  const ids = new Set(first.images.map(({ id }) => id))
  for (const { images } of others) {
    const both = images.filter(({ id }) => ids.has(id)).length
    const onlyInOne = ids.size + images.length - 2 * both
    if (onlyInOne === 0) continue
    throw new AppError('bad-input', `The files are not of the same images: ${onlyInOne} are in only one of them.`, {
      kept: 'Nothing was scored.',
      todo: 'Give results of the same images.',
    })
  }
}

/** The files' names; paths where two files are called the same, and a number where even these are. */
function namesOf(files: readonly string[]): string[] {
  const bases = files.map((file) => basename(file))
  return files.map((file, index) => {
    if (bases.filter((base) => base === bases[index]).length === 1) return bases[index]
    const before = files.slice(0, index).filter((other) => other === file).length
    return before === 0 ? file : `${file} (${before + 1})`
  })
}

const comparisonOf = (compared: readonly MetricComparison[], metric: string): MetricComparison | undefined => compared.find((each) => each.metric === metric)

/** Rows by metric, the first file's and then the others' with what they differ by. */
function printed(systems: readonly System[], compared: readonly (readonly MetricComparison[])[]): string[][] {
  const rows = Object.keys(systems[0].scored.corpus).flatMap((metric) =>
    systems.map(({ name, scored }, index) => {
      const score = decimals(scored.corpus[metric])
      const found = index === 0 ? undefined : comparisonOf(compared[index - 1], metric)
      if (found === undefined) return [metric, name, score, '', '', '', '', '']
      const { difference, bootstrapP, adjustedP, tTest } = found
      const p = [bootstrapP, adjustedP].map((value) => value.toPrecision(2))
      return [metric, name, score, (difference.value > 0 ? '+' : '') + decimals(difference.value), between(difference), ...p, tTest?.p.toPrecision(2) ?? '–']
    }),
  )
  return [['metric', 'file', 'score', 'difference', '95% interval', 'p (bootstrap)', 'p (Holm)', 'p (paired t)'], ...rows]
}

/** For a paper: a row a file, two columns a metric. */
function figures(systems: readonly System[], compared: readonly (readonly MetricComparison[])[]): FigureTable {
  const metrics = Object.keys(systems[0].scored.corpus)
  return {
    columns: [
      { title: 'file', kind: 'text' },
      ...metrics.flatMap((metric) => [
        { title: metric, kind: 'number' as const, digits: 4 },
        { title: `${metric}, difference`, kind: 'number' as const, digits: 4, signed: true },
        { title: `${metric}, p (Holm)`, kind: 'number' as const, digits: 4 },
      ]),
    ],
    rows: systems.map(({ name, scored }, index) => [
      name,
      ...metrics.flatMap((metric) => {
        const found = index === 0 ? undefined : comparisonOf(compared[index - 1], metric)
        return [scored.corpus[metric], found === undefined ? null : { value: found.difference.value, interval: found.difference }, found?.adjustedP ?? null]
      }),
    ]),
  }
}

function report(systems: readonly System[], compared: readonly (readonly MetricComparison[])[], options: CompareOptions): Record<string, unknown> {
  const byMetric = (comparison: readonly MetricComparison[]): Record<string, unknown> =>
    Object.fromEntries(comparison.map(({ metric, ...rest }) => [metric, rest]))
  const [first, ...others] = systems
  return {
    // Of two files, as it has been since there were only two.
    ...(compared.length === 1 ? { metrics: byMetric(compared[0]) } : {}),
    systems: systems.map(({ name, file, scored }) => ({ name, file: basename(file), corpus: scored.corpus })),
    comparisons: others.map(({ name }, index) => ({ a: first.name, b: name, metrics: byMetric(compared[index]) })),
    images: first.images.length,
    provenance: {
      ...first.scored.provenance,
      references: basename(options.references),
      ...(systems.length === 2 ? { a: basename(first.file), b: basename(others[0].file) } : {}),
      resamples: options.bootstrap,
      seed: options.seed,
    },
  }
}

function perImageLines(systems: readonly System[]): string {
  const lines = systems[0].images.map(({ id }, position) =>
    JSON.stringify({
      image_id: id,
      captions: Object.fromEntries(systems.map(({ name, images }) => [name, images[position].candidate])),
      scores: Object.fromEntries(systems.map(({ name, scored }) => [name, scored.perImage.get(id)])),
    }),
  )
  return `${lines.join('\n')}\n`
}

function perImageRows(systems: readonly System[]): (string | number | undefined)[][] {
  const metrics = Object.keys(systems[0].scored.corpus)
  const head = ['image_id', ...systems.flatMap(({ name }) => [`${name} caption`, ...metrics.map((metric) => `${name} ${metric}`)])]
  const rows = systems[0].images.map(({ id }, position) => [
    id,
    ...systems.flatMap(({ images, scored }) => [images[position].candidate, ...metrics.map((metric) => scored.perImage.get(id)?.[metric])]),
  ])
  return [head, ...rows]
}
