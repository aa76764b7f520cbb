/** `judge` in shards: each captions its own photos; the merge judges all of them and writes the model's card. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import type { CaptionedImage } from '#engine/datasets/captioned-photos.ts'
import { hashBytes } from '#engine/files/content-hash.ts'
import { requireOutputs, type OutputRules } from '#engine/files/output-place.ts'
import { readManifest } from '#engine/models/model-package.ts'
import type { MergedShards } from '#engine/shards/merge-shards.ts'
import { parseShard } from '#engine/shards/shard.ts'
import { AppError, toReport } from '#shared/errors.ts'
import { captionSet } from '../caption-set.ts'
import { photosToJudge, writeJudgement, type JudgedSet } from '../reports/judgement.ts'
import { madeRows, settingsOf } from './merged-rows.ts'
import { openShard, requireShardFile } from './shard-output.ts'

const settingsSchema = z.object({
  /** As the command named it, and where that is. */
  model: z.object({ name: z.string(), folder: z.string(), weights: z.string() }),
  set: z.object({ captions: z.string(), images: z.string(), list: z.string().exactOptional(), title: z.string(), beam: z.int() }),
  photos: z.string(),
})
const madeSchema = z.strictObject({ text: z.string(), seconds: z.number() })

interface JudgingShard extends JudgedSet {
  shard: string
  out: string | undefined
  encoders: string
  threads: number
  rules: OutputRules
  signal: AbortSignal
}

/** Captions the shard's photos. Says where the shard is. @throws AppError `cancelled`: what is captioned is kept; as `openShard` */
export async function judgeShard(model: string, options: JudgingShard): Promise<string> {
  const { shard, out, encoders, threads, rules, signal, captions, images: folder, list, title, beam } = options
  const share = parseShard(shard, process.env)
  const file = requireShardFile(out)
  const { images } = await photosToJudge(options)
  const manifest = await readManifest(model)
  const settings: z.infer<typeof settingsSchema> = {
    model: { name: model, folder: resolve(model), weights: manifest.files.weights.sha256 },
    set: { captions: resolve(captions), images: resolve(folder), ...(list !== undefined && { list: resolve(list) }), title, beam },
    photos: digestOf(images),
  }
  const output = await openShard(
    images.map((image, place) => ({ name: image.fileName, place, image })),
    { work: 'judge', file, shard: share, settings, rules },
  )
  const placeOf = new Map(output.items.map(({ image, place }) => [image.path, place]))
  const features = await mkdtemp(join(tmpdir(), 'capstan-judge-'))
  let done = 0
  let complete = false
  let where = ''
  let since = performance.now()
  try {
    if (placeOf.size > 0)
      await captionSet({
        ...{ model, beam, encoders, threads, features, signal },
        images: output.items.map(({ image }) => image),
        onCaptioned(made) {
          const seconds = (performance.now() - since) / 1000 / made.length
          since = performance.now()
          output.append(made.map(({ image, text }) => ({ place: placeOf.get(image.path) ?? 0, made: { text, seconds } })))
          done += made.length
        },
      })
    complete = true
  } catch (error) {
    if (toReport(error).code !== 'cancelled') throw error
    const kept = done === 0 ? 'Nothing was captioned.' : `${done} captions are kept: the shard goes on from there when it is run again.`
    throw new AppError('cancelled', 'Judging was cancelled.', { kept, cause: error })
  } finally {
    await rm(features, { recursive: true, force: true })
    where = await output.finish(complete)
  }
  return `${done} photos captioned: ${where}`
}

/** What the captions are judged by: other photos, or other references, are another work. */
function digestOf(images: readonly CaptionedImage[]): string {
  return hashBytes(Buffer.from(images.map(({ fileName, captions }) => `${JSON.stringify([fileName, ...captions])}\n`).join('')))
}

/**
 * Judges what the shards captioned and writes the model's card. The speed that it tells is that of one machine, by the time that all took together.
 * @throws AppError `conflict` where the photos, their references or the model are others by now
 */
export async function mergeJudgements(merged: MergedShards, { json, rules, signal }: { json: string; rules: OutputRules; signal: AbortSignal }): Promise<void> {
  requireOutputs([json], rules)
  const { model, set, photos } = settingsOf(merged, settingsSchema)
  const captions: string[] = []
  let seconds = 0
  for await (const { made } of madeRows(merged, { made: madeSchema, failures: false })) {
    captions.push(made.text)
    seconds += made.seconds
  }
  const { images, listed } = await photosToJudge(set)
  const manifest = await readManifest(model.folder)
  if (digestOf(images) !== photos || manifest.files.weights.sha256 !== model.weights)
    throw new AppError('conflict', 'The photos, their references or the model are not those that the shards were made with.', {
      kept: 'The model’s card was not changed and nothing was written.',
      todo: 'Run the shards again.',
    })
  await writeJudgement({
    model: model.folder,
    modelNamed: model.name,
    set,
    images,
    listed,
    texts: new Map(images.map(({ path }, place) => [path, captions[place]])),
    photosPerSecond: captions.length / seconds,
    json,
    rules,
    signal,
  })
}
