/** `clip-score` in shards: each embeds its own photos and captions; the merge takes the means. */
import { z } from 'zod'
import type { OutputRules } from '#engine/files/output-place.ts'
import type { MergedShards } from '#engine/shards/merge-shards.ts'
import { parseShard } from '#engine/shards/shard.ts'
import { findEncoder } from '#engine/vision/encoders/encoder-registry.ts'
import { readEncoderManifest } from '#engine/vision/encoders/encoder-package.ts'
import type { TextEncoder } from '#engine/vision/encoders/text-encoder.ts'
import type { ImageId } from '#shared/domain.ts'
import { scoreEmbeddings } from '#shared/metrics/clip-score.ts'
import { averaged, corpusValues, type MetricValues } from '#shared/metrics/summable.ts'
import { embedCaptioned, reportClipScores, type CaptionedPhoto } from '../reports/clip-scores.ts'
import type { EmbeddingOptions } from '../embedded-photos.ts'
import { leftOut, madeRows, settingsOf } from './merged-rows.ts'
import { digestOfScored, scoreItems } from './score-items.ts'
import { openShard, requireShardFile } from './shard-output.ts'

const settingsSchema = z.object({ encoder: z.string(), weights: z.string(), provider: z.string(), captions: z.string() })
const madeSchema = z.strictObject({ id: z.union([z.number(), z.string()]), scores: z.record(z.string(), z.number()) })

/** Photos scored before their rows are written; a killed shard finds their embeddings in the cache. */
const scoredTogether = 200

interface ScoringShard extends EmbeddingOptions {
  shard: string
  out: string | undefined
  rules: OutputRules
  signal: AbortSignal
}

/** Scores the shard's photos. Says where the shard is. @throws AppError `cancelled`: what is scored is kept; as `openShard` */
export async function clipScoreShard(photos: readonly CaptionedPhoto[], texts: TextEncoder, options: ScoringShard): Promise<string> {
  const { shard, out, rules, signal } = options
  const share = parseShard(shard, process.env)
  const file = requireShardFile(out)
  const manifest = await readEncoderManifest(await findEncoder([options.encoders], options.encoder))
  const settings: z.infer<typeof settingsSchema> = {
    encoder: options.encoder,
    weights: manifest.weights.sha256,
    provider: options.provider,
    captions: digestOfScored(photos),
  }
  const output = await openShard(
    photos.map((photo, place) => ({ name: String(photo.id), place, photo })),
    { work: 'clip-score', file, shard: share, settings, rules },
  )
  return scoreItems(output, {
    together: scoredTogether,
    async rowsOf(batch) {
      const { embedded, failed } = await embedCaptioned(
        batch.map(({ photo }) => photo),
        texts,
        options,
        signal,
      )
      const { perImage } = scoreEmbeddings(embedded)
      return batch.map(({ place, photo: { id, path } }) => {
        const scores = perImage.get(id)
        return scores === undefined ? { place, failed: `${path}: ${failed.get(path) ?? 'no embedding'}` } : { place, made: { id, scores } }
      })
    },
  })
}

/** Prints and writes what one machine would have. */
export async function mergeClipScores(merged: MergedShards, { out, rules }: { out: string; rules: OutputRules }): Promise<void> {
  const { encoder } = settingsOf(merged, settingsSchema)
  const columns = new Map<string, Float64Array>()
  let images = 0
  for await (const { made } of madeRows(merged, { made: madeSchema, failures: true })) {
    if (images === 0) for (const name of Object.keys(made.scores)) columns.set(name, new Float64Array(merged.header.items))
    for (const [name, column] of columns) column[images] = made.scores[name]
    images += 1
  }
  const statistics = Array.from(columns, ([name, column]) => averaged(name, column.subarray(0, images)))
  const perImage = async function* (): AsyncGenerator<[ImageId, MetricValues]> {
    for await (const { made } of madeRows(merged, { made: madeSchema, failures: true })) yield [made.id, made.scores]
  }
  await reportClipScores({ corpus: corpusValues(statistics, images), images, perImage: perImage() }, { encoder, perImage: out, rules })
  await leftOut(merged, images)
}
