import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openEncoder, type Encoder } from '#engine/vision/encoders/encoder.ts'
import { threadProgramsIn } from '#engine/runtime/threads.ts'
import { encoderManifestSchema } from '#engine/vision/encoders/encoder-manifest.ts'
import { extractFeatures, type ImageToEncode } from '#engine/vision/features/extract.ts'
import { openFeatureCache, type FeatureCache } from '#engine/vision/features/feature-cache.ts'
import { featureKey } from '#engine/vision/features/feature-key.ts'
import { hashFile } from '#engine/files/content-hash.ts'
import { prepareImage } from '#engine/vision/photos/image.ts'
import { mirrorImage } from '#engine/vision/photos/planes.ts'
import { defaultEncoderFolder, ensureEncoders } from '../../../../../scripts/build-encoder.ts'
import { drawPicture, drawPictures } from '../../../../support/pictures.ts'
import { temporaryFolder } from '../../../../support/temporary-folder.ts'

let encoder: Encoder

beforeAll(async () => {
  await ensureEncoders()
  encoder = await openEncoder(defaultEncoderFolder)
})
afterAll(async () => encoder.close())

async function inputs(count: number): Promise<Float32Array> {
  const prepared = await Promise.all(
    Array.from({ length: count }, async (_, seed) => prepareImage(await drawPicture(seed), encoder.manifest.input, `picture ${seed}`)),
  )
  const batch = new Float32Array(count * prepared[0].pixels.length)
  prepared.forEach(({ pixels }, index) => batch.set(pixels, index * pixels.length))
  return batch
}

function largestDifference(left: Float32Array, right: Float32Array): number {
  expect(left.length).toBe(right.length)
  return left.reduce((largest, value, index) => Math.max(largest, Math.abs(value - right[index])), 0)
}

describe('the embedded encoder', () => {
  test('a batch gives what its photos give one by one', async () => {
    const batch = await inputs(3)
    const together = await encoder.encode(batch, 3)
    const size = batch.length / 3
    for (let index = 0; index < 3; index++) {
      const alone = await encoder.encode(batch.slice(index * size, (index + 1) * size), 1)
      const grid = together.grid.subarray(index * alone.grid.length, (index + 1) * alone.grid.length)
      const pooled = together.pooled.subarray(index * alone.pooled.length, (index + 1) * alone.pooled.length)
      expect(largestDifference(alone.grid, grid)).toBeLessThan(1e-4)
      expect(largestDifference(alone.pooled, pooled)).toBeLessThan(1e-4)
    }
    const detected = await encoder.detect(batch, 3, { minimumScore: 0.05 })
    const [first] = await encoder.detect(batch.slice(0, size), 1, { minimumScore: 0.05 })
    expect(detected[0].map(({ label, score }) => [label, score.toFixed(3)])).toEqual(first.map(({ label, score }) => [label, score.toFixed(3)]))
  })

  test('lanes give what one session gives, photo by photo', async () => {
    const [laned, single] = await Promise.all([2, 1].map((threads) => openEncoder(defaultEncoderFolder, { threads })))
    const batch = await inputs(5)
    const expected = await single.encode(batch, 5)
    for (let round = 0; round < 3; round++) {
      const found = await laned.encode(batch, 5) // the first one without lanes
      expect(largestDifference(found.grid, expected.grid)).toBeLessThan(1e-5)
      expect(largestDifference(found.pooled, expected.pooled)).toBeLessThan(1e-5)
    }
    await Promise.all([laned.close(), single.close()])
  })

  test('goes on without lanes where their threads end', async () => {
    threadProgramsIn(new URL('./no-such-folder/', import.meta.url))
    const laned = await openEncoder(defaultEncoderFolder, { threads: 2 })
    const batch = await inputs(2)
    const first = await laned.encode(batch, 2)
    expect(largestDifference((await laned.encode(batch, 2)).grid, first.grid)).toBeLessThan(1e-5)
    await laned.close()
    threadProgramsIn(undefined)
  })

  test('the pooled vector is the mean of the grid, whose cells are between 0 and 6', async () => {
    const { grid, pooled } = await encoder.encode(await inputs(1), 1)
    const means = pooled.map((_, channel) => Array.from({ length: 100 }, (_token, token) => grid[token * 960 + channel]).reduce((a, b) => a + b) / 100)
    expect(largestDifference(pooled, means)).toBeLessThan(1e-4)
    expect(grid.every((value) => value >= 0 && value <= 6)).toBe(true)
    expect(grid.some((value) => value > 1)).toBe(true)
  })

  test('the grid goes row by row from the top left: a mark moves along with its cell', async () => {
    const { width, height } = encoder.manifest.input
    const mark = (row: number, column: number): Float32Array => {
      const image = new Float32Array(3 * width * height)
      for (let y = 0; y < 60; y++) for (let x = 0; x < 60; x++) image[(row * 30 + y) * width + column * 30 + x] = 1
      return image
    }
    const { grid: empty } = await encoder.encode(new Float32Array(3 * width * height), 1)
    for (const [row, column] of [
      [1, 7],
      [6, 2],
    ]) {
      const { grid } = await encoder.encode(mark(row, column), 1)
      const change = Array.from({ length: 100 }, (_, token) => {
        let sum = 0
        for (let channel = 0; channel < 960; channel++) sum += Math.abs(grid[token * 960 + channel] - empty[token * 960 + channel])
        return sum
      })
      const centre = (axis: (token: number) => number): number =>
        change.reduce((sum, value, token) => sum + value ** 2 * axis(token), 0) / change.reduce((sum, value) => sum + value ** 2, 0)
      expect(Math.abs(centre((token) => Math.floor(token / 10)) - (row + 0.5))).toBeLessThan(1.5)
      expect(Math.abs(centre((token) => token % 10) - (column + 0.5))).toBeLessThan(1.5)
    }
  })

  test('weights or a manifest that are not the right ones are refused', async () => {
    const folder = temporaryFolder()
    cpSync(defaultEncoderFolder, folder, { recursive: true })
    const weights = readFileSync(join(folder, 'encoder.onnx'))
    weights[1000] ^= 1
    writeFileSync(join(folder, 'encoder.onnx'), weights)
    await expect(openEncoder(folder)).rejects.toMatchObject({ code: 'corrupt' })
    const manifest = encoderManifestSchema.parse(JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')))
    writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ ...manifest, formatVersion: 99 }))
    await expect(openEncoder(folder)).rejects.toMatchObject({ code: 'newer-version' })
    await expect(openEncoder(join(folder, 'nothing'))).rejects.toMatchObject({ code: 'not-found' })
  })
})

describe('extracting features', () => {
  function caches(): FeatureCache[] {
    const folder = temporaryFolder()
    return [openFeatureCache(folder, featureKey(encoder.manifest)), openFeatureCache(folder, featureKey(encoder.manifest, { pooling: 2, mirrored: true }))]
  }

  test('fills every cache, plain and mirrored, and computes nothing twice', async () => {
    const [plain, mirrored] = caches()
    const paths = await drawPictures(temporaryFolder(), 5)
    const images = await Promise.all(paths.map(async (path) => ({ path, hash: await hashFile(path) })))
    const progress: number[] = []
    const onProgress = (done: number): void => void progress.push(done)
    const first = await extractFeatures({ images, encoder, caches: [plain, mirrored], batch: 2, onProgress })
    expect(first).toEqual({ done: 5, computed: 5, failed: 0 })
    expect(progress).toEqual([1, 2, 3, 4, 5])
    expect([plain.size, mirrored.size]).toEqual([5, 5])
    expect(await extractFeatures({ images, encoder, caches: [plain, mirrored], batch: 2 })).toEqual({ done: 5, computed: 0, failed: 0 })

    const { pixels } = await prepareImage(readFileSync(paths[3]), encoder.manifest.input, paths[3])
    const stored = new Float32Array(plain.length)
    plain.readInto(images[3].hash, stored)
    expect(largestDifference(stored, (await encoder.encode(pixels, 1)).grid)).toBeLessThan(0.004)
    const { grid } = await encoder.encode(mirrorImage(pixels, encoder.manifest.input.width), 1)
    const pooled = new Float32Array(mirrored.length)
    mirrored.readInto(images[3].hash, pooled)
    expect(pooled[0]).toBeCloseTo((grid[0] + grid[960] + grid[9600] + grid[10_560]) / 4, 2)
    await Promise.all([plain.close(), mirrored.close()])
  })

  test('a corrupt photo is one failure with a reason, the others go on', async () => {
    const [plain, mirrored] = caches()
    const folder = temporaryFolder()
    const paths = await drawPictures(folder, 3)
    writeFileSync(paths[1], 'not a photo')
    const images = [...paths, join(folder, 'missing.jpg')].map((path) => ({ path }))
    const failures = new Map<string, string>()
    const onFailure = (image: ImageToEncode, report: { code: string }): void => void failures.set(image.path, report.code)
    const result = await extractFeatures({ images, encoder, caches: [plain], onFailure })
    expect(result).toEqual({ done: 2, computed: 2, failed: 2 })
    expect(Object.fromEntries(failures)).toEqual({ [paths[1]]: 'bad-input', [images[3].path]: 'not-found' })
    await Promise.all([plain.close(), mirrored.close()])
  })

  test('many photos, decoded in threads, give what few give here; one of the same content is encoded once', async () => {
    const folder = temporaryFolder()
    const paths = await drawPictures(folder, 9)
    const copy = join(folder, 'copy.jpg')
    cpSync(paths[0], copy)
    writeFileSync(join(folder, 'broken.jpg'), 'not a photo')
    const images = [...paths, copy, join(folder, 'broken.jpg')].map((path) => ({ path }))
    const [plain, mirrored] = caches()
    const failed: string[] = []
    const result = await extractFeatures({ images, encoder, caches: [plain, mirrored], batch: 4, onFailure: ({ path }) => void failed.push(path) })
    expect(result).toMatchObject({ done: 10, failed: 1 })
    expect(failed).toEqual([join(folder, 'broken.jpg')])
    expect([plain.size, mirrored.size]).toEqual([9, 9])
    expect(await extractFeatures({ images, encoder, caches: [plain, mirrored] })).toEqual({ done: 10, computed: 0, failed: 1 })

    const [plainHere, mirroredHere] = caches()
    await extractFeatures({ images: images.slice(0, 4), encoder, caches: [plainHere, mirroredHere], batch: 4 })
    for (const [threaded, here] of [
      [plain, plainHere],
      [mirrored, mirroredHere],
    ]) {
      const [one, other] = [new Float32Array(threaded.length), new Float32Array(here.length)]
      for (const hash of here.hashes()) {
        threaded.readInto(hash, one)
        here.readInto(hash, other)
        expect(largestDifference(one, other)).toBeLessThan(0.004)
      }
    }
    await Promise.all([plain, mirrored, plainHere, mirroredHere].map((cache) => cache.close()))
  })

  test('an abort keeps what was computed', async () => {
    const [plain, mirrored] = caches()
    const images = (await drawPictures(temporaryFolder(), 6)).map((path) => ({ path }))
    const abort = new AbortController()
    const onProgress = (done: number): void => {
      if (done === 2) abort.abort()
    }
    const run = extractFeatures({ images, encoder, caches: [plain], batch: 2, signal: abort.signal, onProgress })
    await expect(run).rejects.toMatchObject({ code: 'cancelled' })
    expect(plain.size).toBe(2)
    await Promise.all([plain.close(), mirrored.close()])
  })
})
