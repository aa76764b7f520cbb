/** `score` in shards: each scores its own images, by the document frequencies of all of them; the merge adds up their numbers. */
import { z } from 'zod'
import type { OutputRules } from '#engine/files/output-place.ts'
import { buildDocumentFrequency } from '#engine/metrics/document-frequency.ts'
import { evaluateTokens, provenanceOf, tokenizeImages, withMeteorOpen, type EvaluationSettings } from '#engine/metrics/evaluate.ts'
import type { Matched } from '#engine/metrics/match-results.ts'
import { scoredRows, scoredRowSchema, summedEvaluation, type ScoredRow } from '#engine/metrics/scored-rows.ts'
import type { MergedShards } from '#engine/shards/merge-shards.ts'
import { parseShard } from '#engine/shards/shard.ts'
import { metricNames } from '#shared/metrics/table.ts'
import { progressBar } from '../progress.ts'
import { reportScores, type ScoreOutputs } from '../reports/score-report.ts'
import { digestOfScored, scoreItems } from './score-items.ts'
import { madeRows, settingsOf } from './merged-rows.ts'
import { openShard, requireShardFile } from './shard-output.ts'

const settingsSchema = z.object({
  metrics: z.array(z.enum(metricNames)),
  provenance: z.object({
    tokenizer: z.string(),
    images: z.int(),
    documentFrequency: z
      .union([
        z.object({ source: z.literal('evaluated-set'), images: z.int() }),
        z.object({ source: z.literal('stored-table'), id: z.string(), images: z.int() }),
      ])
      .exactOptional(),
    meteor: z.object({ name: z.string(), resources: z.string(), paraphrases: z.string().nullable() }).exactOptional(),
    spice: z.object({ java: z.string() }).exactOptional(),
  }),
  report: z.object({
    images: z.object({ scored: z.int(), all: z.int() }),
    files: z.object({ references: z.string(), results: z.string() }),
    resamples: z.int(),
    seed: z.int(),
  }),
})
type Report = Omit<z.infer<typeof settingsSchema>['report'], 'images'>

/** Images scored before their rows are written: with SPICE, which is slow, fewer, so that a killed shard loses less than a minute. */
const scoredTogether = { words: 500, spice: 100 }

/** Scores the shard's images and writes their numbers. Says where. @throws AppError `cancelled`: what is written is kept; as `openShard` */
export async function scoreShard(
  { images, withoutResult }: Matched,
  given: EvaluationSettings,
  { shard, file, rules, report }: { shard: string; file: string | undefined; rules: OutputRules; report: Report },
): Promise<string> {
  const share = parseShard(shard, process.env)
  const place = requireShardFile(file)
  const { signal, ...settings } = await withMeteorOpen(given)
  // Words are told apart, and counted, over all images, as one machine does.
  const tokenized = tokenizeImages(images)
  const provenance = await provenanceOf(settings, images.length)
  const documentFrequency =
    settings.documentFrequency ??
    buildDocumentFrequency(
      tokenized.map(({ references }) => references),
      provenance.tokenizer,
    )
  const output = await openShard(
    tokenized.map(({ id }, at) => ({ name: String(id), place: at })),
    {
      work: 'score',
      file: place,
      shard: share,
      settings: z.record(z.string(), z.json()).parse({
        captions: digestOfScored(images),
        metrics: [...settings.metrics],
        provenance,
        report: { images: { scored: images.length, all: images.length + withoutResult }, ...report },
      }),
      rules,
    },
  )
  const step = settings.spice === undefined ? scoredTogether.words : scoredTogether.spice
  const bar = progressBar('scoring')
  try {
    return await scoreItems(output, {
      together: step,
      async rowsOf(batch) {
        const evaluation = await evaluateTokens(
          batch.map((item) => tokenized[item.place]),
          { ...settings, documentFrequency, signal },
        )
        return scoredRows(evaluation).map((made, at) => ({ place: batch[at].place, made }))
      },
      onProgress: (done, total) => bar.update(done, total),
    })
  } finally {
    bar.stop()
  }
}

/** Prints and writes what one machine would have. @throws AppError as `summedEvaluation`, `bad-input` for rows that no scoring wrote */
export async function mergeScores(merged: MergedShards, outputs: ScoreOutputs): Promise<void> {
  const { metrics, provenance, report } = settingsOf(merged, settingsSchema)
  const rows = async function* (): AsyncGenerator<ScoredRow> {
    for await (const { made } of madeRows(merged, { made: scoredRowSchema, failures: false })) yield made
  }
  await reportScores(await summedEvaluation(rows(), merged.header.items, { metrics, provenance }), report, outputs)
}
