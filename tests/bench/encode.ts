/**
 * Images per second from files to cached features, beside bare onnxruntime on ready tensors, and the speed of reading the cache. Decoding and
 * encoding share the processors, so the processor time of both says how fast it could be at best: `bestImagesPerSecond`.
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { decodePhoto, hashPrefixes } from '#engine/vision/photos/decode-photo.ts'
import { addEncoder } from '#engine/vision/encoder-import/add-encoder.ts'
import { openEncoder, type Encoder } from '#engine/vision/encoders/encoder.ts'
import { extractFeatures } from '#engine/vision/features/extract.ts'
import { openFeatureCache, type FeatureCache } from '#engine/vision/features/feature-cache.ts'
import { featureKey } from '#engine/vision/features/feature-key.ts'
import { prepareImage, readImageFile } from '#engine/vision/photos/image.ts'
import { defaultEncoderFolder, ensureEncoders } from '../../scripts/build-encoder.ts'
import { drawPictures } from '../support/pictures.ts'
import { sharedData } from '../support/shared-data.ts'
import { writeVitB32 } from '../support/vit-b32.ts'

export interface EncodeBenchmark {
  encoder: string
  photos: string
  images: number
  batch: number
  threads: number
  imagesPerSecond: number
  bareImagesPerSecond: number
  /** end to end over bare */
  ratio: number
  /** processor time of one image, on one thread each */
  decodeMilliseconds: number
  encodeMilliseconds: number
  /** all processors at work all the time on nothing but decoding and encoding */
  bestImagesPerSecond: number
  /** end to end over best */
  ratioToBest: number
  cacheReadGigabytesPerSecond: number
  peakMemoryMegabytes: number
}

const rounds = 3

/** Options: --images <folder> (default: the shared COCO photos, else drawn ones), --count, --batch, --encoder <folder>, --clip (a ViT-B/32 of random weights). */
export async function run(args: string[]): Promise<EncodeBenchmark> {
  const { values } = parseArgs({
    args,
    options: {
      images: { type: 'string' },
      count: { type: 'string', default: '96' },
      batch: { type: 'string', default: '8' },
      encoder: { type: 'string' },
      clip: { type: 'boolean', default: false },
    },
  })
  const batch = Number(values.batch)
  const folder = mkdtempSync(join(tmpdir(), 'capstan-bench-'))
  await ensureEncoders()
  const encoder = await openEncoder(values.clip ? await randomClip(folder) : (values.encoder ?? defaultEncoderFolder))
  try {
    const { paths, photos } = await choosePhotos(values.images, Number(values.count), folder)
    const prepared = await prepareBatch(paths, encoder, batch)
    // Warms up, and starts the lanes of a small encoder, which come with a second batch.
    for (let time = 0; time < 2; time++) await encoder.encode(prepared, batch)
    // The two kinds take turns, so that whatever else the machine does meets both.
    let endToEnd = 0
    let bare = 0
    let cache: FeatureCache | undefined
    for (let round = 0; round < rounds; round++) {
      await cache?.close()
      cache = openFeatureCache(join(folder, String(round)), featureKey(encoder.manifest))
      endToEnd += await secondsFor(extractFeatures({ images: paths.map((path) => ({ path })), encoder, caches: [cache], batch }))
      bare += await secondsFor(encodeOften(encoder, prepared, batch, paths.length))
    }
    const images = rounds * paths.length
    const decodeMilliseconds = (await processorMilliseconds(decodeAll(paths, encoder))) / paths.length
    const encodeMilliseconds = (await processorMilliseconds(encodeOften(encoder, prepared, batch, paths.length))) / paths.length
    const bestImagesPerSecond = (1000 * availableParallelism()) / (decodeMilliseconds + encodeMilliseconds)
    const result = {
      encoder: encoder.manifest.id,
      photos,
      images: paths.length,
      batch,
      threads: availableParallelism(),
      imagesPerSecond: images / endToEnd,
      bareImagesPerSecond: images / bare,
      ratio: bare / endToEnd,
      decodeMilliseconds,
      encodeMilliseconds,
      bestImagesPerSecond,
      ratioToBest: images / endToEnd / bestImagesPerSecond,
      cacheReadGigabytesPerSecond: cache === undefined ? 0 : readSpeed(cache),
      peakMemoryMegabytes: process.resourceUsage().maxRSS / 1024,
    }
    await cache?.close()
    return result
  } finally {
    await encoder.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function choosePhotos(images: string | undefined, count: number, folder: string): Promise<{ paths: string[]; photos: string }> {
  const source = images ?? (sharedData === undefined ? undefined : join(sharedData, 'coco', 'images'))
  if (source === undefined) return { paths: await drawPictures(folder, count), photos: 'drawn, 320×240' }
  const names = readdirSync(source).filter((name) => /\.(jpe?g|png|webp)$/i.test(name))
  return { paths: names.slice(0, count).map((name) => join(source, name)), photos: images ?? 'COCO val2017' }
}

async function prepareBatch(paths: string[], encoder: Encoder, batch: number): Promise<Float32Array> {
  const { input } = encoder.manifest
  const size = 3 * input.width * input.height
  const tensor = new Float32Array(batch * size)
  for (let index = 0; index < batch; index++) {
    const path = paths[index % paths.length]
    tensor.set((await prepareImage(await readImageFile(path), input, path)).pixels, index * size)
  }
  return tensor
}

async function encodeOften(encoder: Encoder, tensor: Float32Array, batch: number, images: number): Promise<void> {
  const size = tensor.length / batch
  for (let done = 0; done < images; done += batch) {
    const n = Math.min(batch, images - done)
    await encoder.encode(n === batch ? tensor : tensor.subarray(0, n * size), n)
  }
}

async function decodeAll(paths: readonly string[], { manifest: { input } }: Encoder): Promise<void> {
  const known = hashPrefixes([])
  for (const path of paths) await decodePhoto({ path, input, mirrored: false, known })
}

/** A ViT-B/32 as a lab would add it. */
async function randomClip(folder: string): Promise<string> {
  writeVitB32(join(folder, 'clip'))
  return (await addEncoder({ path: join(folder, 'clip'), root: join(folder, 'encoders'), name: 'random ViT-B/32' })).folder
}

/** Processor time of this process. */
async function processorMilliseconds(work: Promise<unknown>): Promise<number> {
  const start = process.cpuUsage()
  await work
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1000
}

async function secondsFor(work: Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work
  return (performance.now() - start) / 1000
}

/** Float16 bytes a second, read and decoded, from the page cache. */
function readSpeed(cache: FeatureCache): number {
  const hashes = [...cache.hashes()]
  const destination = new Float32Array(cache.length)
  const readAll = (): void => {
    for (const hash of hashes) cache.readInto(hash, destination)
  }
  readAll() // checks the checksums, warms the page cache
  const start = performance.now()
  for (let round = 0; round < 5; round++) readAll()
  return (5 * hashes.length * cache.length * 2) / ((performance.now() - start) / 1000) / 1e9
}
