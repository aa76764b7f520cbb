/** Turns photos into cached features. Decoding runs ahead of the encoder; each photo is read and decoded once for all caches that lack it. */
import { setImmediate } from 'node:timers/promises'
import { AppError, type ErrorReport } from '#shared/errors.ts'
import { decodePhoto, hashPrefixes } from '../photos/decode-photo.ts'
import { decodeInThread, threadsDecode } from '../photos/decode-threads.ts'
import type { Encoder } from '../encoders/encoder.ts'
import type { FeatureCache } from './feature-cache.ts'
import { poolGrid } from './feature-key.ts'

export interface ImageToEncode {
  path: string
  /** the folder that it must really lie in, where it belongs to one */
  root?: string
  /** SHA-256 of the file's bytes, where it is known: photos already cached are then not even read */
  hash?: string
  /** read it all the same, because another photo may lie there now; one that is gone is taken from the cache */
  verify?: boolean
  /** why it must not be read; what the cache holds of it may be used */
  refused?: ErrorReport
}

export interface ExtractionRequest {
  images: readonly ImageToEncode[]
  encoder: Encoder
  /** where the features go; each cache's key says whether it holds mirrored or pooled ones */
  caches: readonly FeatureCache[]
  /** photos per run of the encoder (default 8) */
  batch?: number
  signal?: AbortSignal
  onProgress?: (done: number, total: number) => void
  /** one photo that gave no features, and why; the others go on */
  onFailure?: (image: ImageToEncode, report: ErrorReport) => void
  /** the hash of each photo that has its features, in the order in which they are done */
  onFeatures?: (image: ImageToEncode, hash: string) => void
}

export interface ExtractionResult {
  /** photos with features in every cache now, found there or computed */
  done: number
  computed: number
  failed: number
}

type Decoded = { kind: 'decoded'; image: ImageToEncode; hash: string; pixels: Float32Array; mirror: Float32Array | undefined }
type Outcome = Decoded | { kind: 'cached'; image: ImageToEncode; hash: string } | { kind: 'failed'; image: ImageToEncode; report: ErrorReport }

/** Below this many photos starting threads takes longer than decoding. */
const worthThreads = 8

/** Computes what the caches lack. Throws AppError `cancelled` on abort; what was computed by then is kept. */
export async function extractFeatures(request: ExtractionRequest): Promise<ExtractionResult> {
  const { images, caches, encoder, signal, batch = 8 } = request
  const result: ExtractionResult = { done: 0, computed: 0, failed: 0 }
  const decode = decoderFor(request)
  const ahead: Promise<Outcome>[] = []
  let next = 0
  const refill = (): void => {
    while (next < images.length && ahead.length < 3 * batch) ahead.push(decode(images[next++]))
  }
  const finish = (outcome: Outcome): void => {
    if (outcome.kind === 'failed') {
      result.failed++
      request.onFailure?.(outcome.image, outcome.report)
    } else {
      result.done++
      request.onFeatures?.(outcome.image, outcome.hash)
    }
    request.onProgress?.(result.done + result.failed, images.length)
  }
  let waiting: Decoded[] = []
  let sinceFlush = 0
  try {
    refill()
    while (ahead.length > 0) {
      if (signal?.aborted) throw new AppError('cancelled', 'Computing features was cancelled.', { kept: 'What was computed is kept.' })
      const outcome = await ahead[0]
      void ahead.shift() // only now: until it is decoded, `finally` waits for it
      refill()
      if (outcome.kind === 'decoded') waiting.push(outcome)
      else finish(outcome)
      if (waiting.length === batch || (ahead.length === 0 && next === images.length && waiting.length > 0)) {
        await setImmediate() // collects what the threads have finished before the encoder blocks the event loop
        await encodeAll(waiting, encoder, caches)
        result.computed += waiting.length
        waiting.forEach(finish)
        sinceFlush += waiting.length
        waiting = []
      }
      if (sinceFlush >= 256) {
        await Promise.all(caches.map((cache) => cache.flush()))
        sinceFlush = 0
      }
    }
  } finally {
    await Promise.allSettled(ahead)
    await Promise.all(caches.map((cache) => cache.flush()))
  }
  return result
}

/** How the photos of a request are decoded: in threads, or here where they are few. Photos whose hash is known and cached are not read. */
function decoderFor({ images, caches, encoder }: ExtractionRequest): (image: ImageToEncode) => Promise<Outcome> {
  const cached = (hash: string): boolean => caches.every((cache) => cache.has(hash))
  const unknown = images.some(({ hash, verify = false }) => hash === undefined || verify)
  const request = {
    input: encoder.manifest.input,
    mirrored: caches.some(({ key }) => key.mirrored),
    known: hashPrefixes(unknown ? [...(caches[0]?.hashes() ?? [])].filter(cached) : []),
  }
  const run = threadsDecode && images.length >= worthThreads ? decodeInThread : decodePhoto
  return async (image) => {
    const { path, root, hash, verify = false, refused } = image
    const kept: Outcome | undefined = hash !== undefined && cached(hash) ? { kind: 'cached', image, hash } : undefined
    if (kept !== undefined && (!verify || refused !== undefined)) return kept
    if (refused !== undefined) return { kind: 'failed', image, report: refused }
    const photo = await run({ ...request, path, ...(root !== undefined && { root }) })
    if (photo.kind === 'failed') return kept !== undefined && photo.report.code === 'not-found' ? kept : { ...photo, image }
    // The file may have changed since its hash was taken.
    if (photo.kind === 'known' || cached(photo.hash)) return { kind: 'cached', image, hash: photo.hash }
    return { ...photo, image }
  }
}

async function encodeAll(photos: readonly Decoded[], encoder: Encoder, caches: readonly FeatureCache[]): Promise<void> {
  for (const mirrored of [false, true]) {
    const wanted = caches.filter((cache) => cache.key.mirrored === mirrored)
    const lacking = photos.filter(({ hash }) => wanted.some((cache) => !cache.has(hash)))
    if (lacking.length === 0) continue
    const inputLength = lacking[0].pixels.length
    const input = new Float32Array(lacking.length * inputLength)
    lacking.forEach(({ pixels, mirror }, index) => input.set((mirrored ? mirror : undefined) ?? pixels, index * inputLength))
    const { grid } = await encoder.encode(input, lacking.length)
    const gridLength = grid.length / lacking.length
    for (const cache of wanted) {
      const stored = new Float32Array(cache.length)
      lacking.forEach(({ hash }, index) => {
        poolGrid(grid.subarray(index * gridLength, (index + 1) * gridLength), cache.key, stored)
        cache.append(hash, stored)
      })
    }
  }
}
