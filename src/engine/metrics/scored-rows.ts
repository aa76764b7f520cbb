/** Each image's numbers in every metric: what a shard of a scoring keeps, and what its merge adds up as one machine would have. */
import { z } from 'zod'
import { AppError } from '#shared/errors.ts'
import { summable, type Metric } from '#shared/metrics/metric.ts'
import type { ImageId } from '#shared/domain.ts'
import { corpusValues, type MetricValues } from '#shared/metrics/summable.ts'
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
export type SummedEvaluation = Pick<Evaluation, 'corpus' | 'provenance' | 'statistics' | 'spiceDetails'> & {
  perImage: Iterable<readonly [ImageId, MetricValues]>
}

/**
 * The evaluation of `images` images from their numbers, a row each: equal, to the bit, to one that scored them together. The numbers alone are held.
 * @throws AppError `bad-input` where an image lacks a metric that others have, or has one of another version; what `rows` throws
 */
export async function summedEvaluation(
  rows: AsyncIterable<ScoredRow>,
  images: number,
  { metrics, provenance }: { metrics: readonly MetricName[]; provenance: EvaluationProvenance },
): Promise<SummedEvaluation> {
  const entries: readonly Metric[] = metricTable
  const columns = new Map<string, { metric: Metric | undefined; all: Float64Array }>()
  const ids: ImageId[] = []
  const spice = new Map<ImageId, NonNullable<ScoredRow['spice']>>()
  for await (const { id, numbers, spice: values } of rows) {
    if (ids.length === 0)
      for (const name of Object.keys(numbers)) {
        const metric = entries.find((each) => namesOf(each)[0] === name)
        columns.set(name, { metric, all: new Float64Array(images * (metric?.width ?? 0)) })
      }
    for (const [name, { metric, all }] of columns) {
      if (metric === undefined || numbers[name]?.length !== metric.width)
        throw new AppError('bad-input', `The rows of image ${id} hold no ${name} as this version counts it.`, {
          kept: 'Nothing was merged.',
          todo: 'Score again with one version of Capstan.',
        })
      all.set(numbers[name], ids.length * metric.width)
    }
    ids.push(id)
    if (values !== undefined) spice.set(id, values)
  }
  const statistics = Array.from(columns.values(), ({ metric, all }) => summable(metric ?? entries[0], all))
  // BLEU's four come from the same counts: those that were not asked for are left out, as `scoreCorpus` does. What a tool gives has the name of its variant.
  const askedFor = new Set<string>([...metrics, ...entries.filter(({ from }) => from === 'tool').flatMap(namesOf)])
  const asked = (values: Readonly<Record<string, number>>): Record<string, number> =>
    inTableOrder(Object.fromEntries(Object.entries(values).filter(([name]) => askedFor.has(name))))
  return {
    corpus: asked(corpusValues(statistics, ids.length)),
    perImage: {
      *[Symbol.iterator]() {
        for (const [position, id] of ids.entries()) yield [id, asked(valuesOfImage(statistics, position))] as const
      },
    },
    provenance,
    statistics,
    ...(spice.size > 0 && { spiceDetails: { subsets: spiceMeans([...spice.values()]).subsets, perImage: spice } }),
  }
}
