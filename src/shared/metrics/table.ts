/**
 * The one table of metrics: what each is called, what it needs, how it adds up over images and how it is computed. Jobs, the command line, the
 * window, model cards, experiments and the defaults read it. A new metric is an entry here and a file of its own.
 *
 * `CIDEr` is CIDEr-D, as in coco-caption and everywhere in the field; the undamped original is `CIDEr_plain`. METEOR is three metrics by the resources
 * it was computed with: they are never compared with each other.
 */
import { bleuFromStatistics, bleuRows, bleuRowWidth } from './bleu.ts'
import { ciderRows, plainCiderRows } from './cider.ts'
import { clipScoreRows, refClipScoreRows } from './clip-score.ts'
import { mean, type Metric, type MetricNeed } from './metric.ts'
import { meteorOfSums, meteorRows } from './meteor.ts'
import { statisticsWidth } from './meteor-statistics.ts'
import { rougeRows } from './rouge.ts'
import { spiceRows } from './spice.ts'

const meteor = { askedAs: 'METEOR', offered: 'usually', width: statisticsWidth, values: meteorOfSums, from: 'tool' } as const
const idf = ['references', 'document frequencies'] as const

export const metricTable = [
  {
    titles: { Bleu_1: 'BLEU-1', Bleu_2: 'BLEU-2', Bleu_3: 'BLEU-3', Bleu_4: 'BLEU-4' },
    needs: ['references'],
    offered: 'usually',
    width: bleuRowWidth,
    values: bleuFromStatistics,
    from: 'words',
    rows: bleuRows,
  },
  { ...meteor, titles: { METEOR: 'METEOR' }, needs: ['references', 'METEOR resources', 'METEOR paraphrases'], rows: meteorRows('METEOR') },
  {
    ...meteor,
    titles: { 'METEOR (no paraphrases)': 'METEOR (no paraphrases)' },
    needs: ['references', 'METEOR resources'],
    rows: meteorRows('METEOR (no paraphrases)'),
  },
  {
    ...meteor,
    titles: { 'METEOR (WordNet 3.1, no paraphrases)': 'METEOR (WordNet 3.1, no paraphrases)' },
    needs: ['references'],
    rows: meteorRows('METEOR (WordNet 3.1, no paraphrases)'),
  },
  { titles: { ROUGE_L: 'ROUGE-L' }, needs: ['references'], offered: 'usually', ...mean, from: 'words', rows: rougeRows },
  { titles: { CIDEr: 'CIDEr' }, needs: idf, offered: 'usually', ...mean, from: 'words', rows: ciderRows },
  { titles: { CIDEr_plain: 'CIDEr (undamped)' }, needs: idf, offered: 'when asked', ...mean, from: 'words', rows: plainCiderRows },
  { titles: { SPICE: 'SPICE' }, needs: ['references', 'SPICE'], offered: 'with its tool', ...mean, from: 'tool', rows: spiceRows },
  { titles: { CLIPScore: 'CLIPScore' }, needs: ['encoder'], offered: 'when asked', ...mean, from: 'tool', rows: clipScoreRows },
  { titles: { RefCLIPScore: 'RefCLIPScore' }, needs: ['references', 'encoder'], offered: 'when asked', ...mean, from: 'tool', rows: refClipScoreRows },
] as const satisfies readonly Metric[]

type NamesOf<Entry> = Entry extends { titles: infer Titles } ? keyof Titles : never
export type MetricName = Extract<NamesOf<(typeof metricTable)[number]>, string>

const titles: Readonly<Record<string, string>> = Object.fromEntries(metricTable.flatMap((entry) => Object.entries(entry.titles)))

/** In the order in which tables of the field stand: BLEU-1 to 4, METEOR, ROUGE-L, CIDEr, SPICE. */
export const metricNames = Object.keys(titles) as MetricName[]

export function isMetricName(name: string): name is MetricName {
  return Object.hasOwn(titles, name)
}

/** What people read; a name that is not in the table (of another version) stays as it is. */
export function metricTitle(name: string): string {
  return titles[name] ?? name
}

export const namesOf = (metric: Metric): string[] => Object.keys(metric.titles)

/** The name under which a metric's rows are stored, for those that are no mean: BLEU's four come from the row of Bleu_4. */
export const storedName = (metric: Metric): string => namesOf(metric).at(-1) ?? ''

/** What metrics are asked for by: every name once, METEOR for all of its variants. */
export function askedNames(without: readonly MetricNeed[] = []): MetricName[] {
  const entries: readonly Metric[] = metricTable
  const able = entries.filter(({ needs }) => !needs.some((need) => without.includes(need)) || needs.includes('METEOR resources'))
  return metricNames.filter((name) => able.some((metric) => (metric.askedAs === undefined ? namesOf(metric).includes(name) : metric.askedAs === name)))
}

/** The metrics that are computed unless a person chooses others. */
export function usualMetrics(withTool: readonly MetricNeed[] = []): MetricName[] {
  const entries: readonly Metric[] = metricTable
  return askedNames().filter((name) =>
    entries.some(
      ({ titles: own, offered, needs }) =>
        Object.hasOwn(own, name) && (offered === 'usually' || (offered === 'with its tool' && needs.some((need) => withTool.includes(need)))),
    ),
  )
}

/** The entries that are meant by names asked for. */
export function metricsAskedFor(names: readonly string[]): Metric[] {
  const entries: readonly Metric[] = metricTable
  return entries.filter((metric) => (metric.askedAs === undefined ? namesOf(metric).some((name) => names.includes(name)) : names.includes(metric.askedAs)))
}

/** By name, in the table's order; names that are not in it come last. */
export function inTableOrder<Value>(values: Readonly<Record<string, Value>>): Record<string, Value> {
  const place = (name: string): number => metricNames.findIndex((known) => known === name) + 1 || metricNames.length + 1
  return Object.fromEntries(Object.entries(values).sort(([a], [b]) => place(a) - place(b)))
}
