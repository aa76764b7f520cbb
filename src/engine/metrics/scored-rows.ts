/** Each image's numbers in every metric: what a shard of a scoring keeps, and what its merge adds up as one machine would have. */
import { z } from 'zod'
import { AppError } from '#shared/errors.ts'
import { summable, type Metric } from '#shared/metrics/metric.ts'
import { corpusValues } from '#shared/metrics/summable.ts'
import { inTableOrder, metricTable, namesOf, type MetricName } from '#shared/metrics/table.ts'
import type { Evaluation, EvaluationProvenance } from './evaluate.ts'
import { valuesOfImage } from './score-corpus.ts'
import { spiceMeans } from './spice/spice.ts'

const spiceValueSchema = z.strictObject({ precision: z.number().nullable(), recall: z.number().nullable(), f: z.number().nullable() })

export const scoredRowSchema = z.strictObject({
  id: z.union([z.number(), z.string()]),
  /** By the metric's first name, the numbers that the image adds to its sums. */
  numbers: z.record(z.string(), z.array(z.number())),
  spice: z.strictObject({ all: spiceValueSchema, subsets: z.record(z.string(), spiceValueSchema) }).exactOptional(),
})
export type ScoredRow = z.infer<typeof scoredRowSchema>

/** The images' numbers, in their order. */
export function scoredRows({ tokenized, statistics, spiceDetails }: Evaluation): ScoredRow[] {
  return tokenized.map(({ id }, position) => {
    const spice = spiceDetails?.perImage.get(id)
    const numbers: ScoredRow['numbers'] = {}
    for (const { names, width, rows } of statistics) numbers[names[0]] = Array.from(rows.subarray(position * width, (position + 1) * width))
    return { id, numbers, ...(spice && { spice }) }
  })
}

/** What is known of an evaluation once its captions are gone. */
export type SummedEvaluation = Pick<Evaluation, 'corpus' | 'perImage' | 'provenance' | 'statistics' | 'spiceDetails'>

/**
 * The evaluation of all images from their numbers: equal, to the bit, to one that scored them together.
 * @throws AppError `bad-input` where an image lacks a metric that others have, or has one of another version
 */
export function summedEvaluation(rows: readonly ScoredRow[], metrics: readonly MetricName[], provenance: EvaluationProvenance): SummedEvaluation {
  const names = Object.keys(rows[0]?.numbers ?? {})
  const entries: readonly Metric[] = metricTable
  const statistics = names.map((name) => {
    const metric = entries.find((each) => namesOf(each)[0] === name)
    const all = new Float64Array(rows.length * (metric?.width ?? 0))
    for (const [position, { id, numbers }] of rows.entries()) {
      if (metric === undefined || numbers[name]?.length !== metric.width)
        throw new AppError('bad-input', `The rows of image ${id} hold no ${name} as this version counts it.`, {
          kept: 'Nothing was merged.',
          todo: 'Score again with one version of Capstan.',
        })
      all.set(numbers[name], position * metric.width)
    }
    return summable(metric ?? entries[0], all)
  })
  // BLEU's four come from the same counts: those that were not asked for are left out, as `scoreCorpus` does. What a tool gives has the name of its variant.
  const askedFor = new Set<string>([...metrics, ...entries.filter(({ from }) => from === 'tool').flatMap(namesOf)])
  const asked = (values: Readonly<Record<string, number>>): Record<string, number> =>
    inTableOrder(Object.fromEntries(Object.entries(values).filter(([name]) => askedFor.has(name))))
  const spice = rows.flatMap(({ id, spice: values }) => (values === undefined ? [] : [[id, values] as const]))
  return {
    corpus: asked(corpusValues(statistics, rows.length)),
    perImage: new Map(rows.map(({ id }, position) => [id, asked(valuesOfImage(statistics, position))])),
    provenance,
    statistics,
    ...(spice.length > 0 && { spiceDetails: { subsets: spiceMeans(spice.map(([, values]) => values)).subsets, perImage: new Map(spice) } }),
  }
}
