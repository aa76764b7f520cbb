/** `encode` in shards: each computes features of its own photos into a cache beside its file; the merge puts them into one, checked record by record. */
import { z } from 'zod'
import { hashBytes } from '#engine/files/content-hash.ts'
import type { OutputRules } from '#engine/files/output-place.ts'
import type { MergedShards } from '#engine/shards/merge-shards.ts'
import type { ShardRow } from '#engine/shards/shard-file.ts'
import { parseShard } from '#engine/shards/shard.ts'
import { openFeatureCache, type FeatureCache } from '#engine/vision/features/feature-cache.ts'
import { featureKeySchema, type FeatureKey } from '#engine/vision/features/feature-key.ts'
import { AppError, toReport } from '#shared/errors.ts'
import { openEncoding, type EncodingOptions } from '../photo-encoding.ts'
import { progressBar } from '../progress.ts'
import { leftOut, madeRows, settingsOf } from './merged-rows.ts'
import { openShard, requireShardFile, type PlacedItem } from './shard-output.ts'

/** The features beside a shard's file: the two are moved together. */
export const featuresBeside = (file: string): string => `${file}.features`

const settingsSchema = z.object({ keys: z.array(featureKeySchema).min(1), provider: z.string(), photos: z.string() })
/** `made`: the hash of the photo's content, by which the caches know it. */
const madeSchema = z.strictObject({ hash: z.string().regex(/^[0-9a-f]{64}$/) })

/** Photos encoded before their rows are written: their features are on the disk by then. */
const encodedTogether = 128

interface EncodingShard extends EncodingOptions {
  shard: string
  out: string | undefined
  rules: OutputRules
  signal: AbortSignal
}

export interface PhotoToEncode extends PlacedItem {
  path: string
}

/** Encodes the shard's photos. Says where the shard is. @throws AppError `cancelled`: what is encoded is kept; as `openShard` */
export async function encodeShard(photos: readonly PhotoToEncode[], options: EncodingShard): Promise<string> {
  const { shard, out, rules, signal } = options
  const share = parseShard(shard, process.env)
  const file = requireShardFile(out)
  const encoding = await openEncoding(featuresBeside(file), options)
  const bar = progressBar('encoding')
  let done = 0
  let complete = false
  let where = ''
  try {
    const settings = { keys: encoding.keys, provider: options.provider, photos: hashBytes(Buffer.from(photos.map(({ name }) => `${name}\n`).join(''))) }
    const output = await openShard(photos, { work: 'encode', file, shard: share, settings: z.record(z.string(), z.json()).parse(settings), rules })
    try {
      for (let first = 0; first < output.items.length; first += encodedTogether) {
        const batch = output.items.slice(first, first + encodedTogether)
        const { hashes, failed } = await encoding.encode(batch, signal, (some) => bar.update(done + some, output.items.length))
        const rows = batch.map(({ path, place }): ShardRow => {
          const hash = hashes.get(path)
          return hash === undefined ? { place, failed: `${path}: ${failed.get(path) ?? 'no features'}` } : { place, made: { hash } }
        })
        output.append(rows)
        done += batch.length
      }
      complete = true
    } finally {
      where = await output.finish(complete)
    }
  } catch (error) {
    if (toReport(error).code !== 'cancelled') throw error
    const kept = done === 0 ? 'What was computed is kept.' : `${done} photos are kept: the shard goes on from there when it is run again.`
    throw new AppError('cancelled', 'Encoding was cancelled.', { kept, cause: error })
  } finally {
    bar.stop()
    await encoding.close()
  }
  return `${done} photos encoded: ${where}`
}

/**
 * Puts the shards' features into the cache of `folder`, in the order of the photos; what is there already stays. Says how many.
 * @throws AppError `not-found` where a shard's features lie elsewhere, `corrupt` for a damaged record
 */
export async function mergeFeatures(merged: MergedShards, { files, folder }: { files: readonly string[]; folder: string }): Promise<string> {
  const { keys } = settingsOf(merged, settingsSchema)
  const hashes = async function* (): AsyncGenerator<string> {
    for await (const { made } of madeRows(merged, { made: madeSchema, failures: true })) yield made.hash
  }
  const photos = new Set<string>() // the caches hold as much of each of them
  let made = 0
  for await (const hash of hashes()) {
    photos.add(hash)
    made += 1
  }
  for (const key of keys) await gather(key, hashes(), { files, folder })
  return `features of ${photos.size} photos of ${files.length} shards${await leftOut(merged, made)}: ${folder}`
}

async function gather(key: FeatureKey, hashes: AsyncIterable<string>, { files, folder }: { files: readonly string[]; folder: string }): Promise<void> {
  const opened: FeatureCache[] = []
  const open = (place: string): FeatureCache => {
    const cache = openFeatureCache(place, key)
    opened.push(cache)
    return cache
  }
  try {
    const sources = files.map((file) => open(featuresBeside(file)))
    const sourceOf = (hash: string): FeatureCache => {
      const source = sources.find((cache) => cache.has(hash))
      if (source !== undefined) return source
      throw new AppError('not-found', `None of the shards has the features of the photo ${hash.slice(0, 12)}….`, {
        kept: 'Features that were merged until then are kept.',
        todo: 'Move each shard together with its folder ….features, or run it again with --replace.',
      })
    }
    const target = open(folder)
    const features = new Float32Array(target.length)
    for await (const hash of hashes) {
      if (target.has(hash)) continue
      sourceOf(hash).readInto(hash, features)
      target.append(hash, features)
    }
  } finally {
    for (const cache of opened) await cache.close()
  }
}
