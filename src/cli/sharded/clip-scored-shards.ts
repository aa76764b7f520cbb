/** `clip-score` in shards: each embeds its own photos and captions; the merge takes the means. */
import { z } from 'zod'
import type { OutputRules } from '#engine/files/output-place.ts'
import type { MergedShards } from '#engine/shards/merge-shards.ts'
import { parseShard } from '#engine/shards/shard.ts'
import { findEncoder } from '#engine/vision/encoders/encoder-registry.ts'
import { readEncoderManifest } from '#engine/vision/encoders/encoder-package.ts'
import type { TextEncoder } from '#engine/vision/encoders/text-encoder.ts'
import { AppError } from '#shared/errors.ts'
import { scoreEmbeddings } from '#shared/metrics/clip-score.ts'
import { averaged, corpusValues } from '#shared/metrics/summable.ts'
import { embedCaptioned, reportClipScores, type CaptionedPhoto } from '../reports/clip-scores.ts'
import type { EmbeddingOptions } from '../embedded-photos.ts'
import { leftOut } from './captioned-shards.ts'
import { digestOfScored, scoreItems } from './score-items.ts'
import { openShard, requireShardFile } from './shard-output.ts'

const settingsSchema = z.object({ encoder: z.string(), weights: z.string(), provider: z.string(), captions: z.string() })
const rowSchema = z.union([
  z.object({ made: z.strictObject({ id: z.union([z.number(), z.string()]), scores: z.record(z.string(), z.number()) }) }),
  z.object({ failed: z.string() }),
])

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
export async function mergeClipScores({ header, rows }: MergedShards, { out, rules }: { out: string; rules: OutputRules }): Promise<void> {
  const settings = settingsSchema.safeParse(header.settings)
  const scored = z.array(rowSchema).safeParse(rows)
  if (!settings.success || !scored.success)
    throw new AppError('corrupt', 'The shards’ rows are not what clip-score writes.', { kept: 'Nothing was merged.', todo: 'Run the shards again.' })
  const made = scored.data.flatMap((row) => ('made' in row ? [row.made] : []))
  const names = Object.keys(made[0]?.scores ?? {})
  const statistics = names.map((name) =>
    averaged(
      name,
      Float64Array.from(made, ({ scores }) => scores[name]),
    ),
  )
  const perImage = new Map(made.map(({ id, scores }) => [id, scores]))
  await reportClipScores({ corpus: corpusValues(statistics, made.length), perImage }, { encoder: settings.data.encoder, perImage: out, rules })
  leftOut(rows)
}
