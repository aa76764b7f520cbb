/** prepare.onnx against the product's own preprocessing, level by level. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { beforeAll, describe, expect, test } from 'vitest'
import { preparationModel } from '#engine/onnx-export/onnx-preparation.ts'
import { InferenceSession, Tensor } from '#engine/runtime/onnxruntime.ts'
import type { Preprocessing } from '#engine/vision/encoders/encoder-manifest.ts'
import { prepareImage, readImageFile } from '#engine/vision/photos/image.ts'
import { sharedData, withoutSharedData } from '../../../support/shared-data.ts'

const square = (side: number, resize: Preprocessing['resize'], more: Partial<Preprocessing> = {}): Preprocessing => ({
  width: side,
  height: side,
  mean: [0, 0, 0],
  std: [1, 1, 1],
  resize,
  interpolation: 'bicubic',
  ...more,
})

/** The largest difference in levels, the share beyond two levels, and the mean, over all values. */
interface Difference {
  largest: number
  beyondTwo: number
  mean: number
}

/** The tolerance within which the product reproduces the published preprocessing (tests/unit/engine/vision/photos/image.test.ts). */
function expectWithinTolerance({ largest, beyondTwo, mean }: Difference, what: string): void {
  expect(largest, what).toBeLessThanOrEqual(10)
  expect(beyondTwo, what).toBeLessThanOrEqual(0.001)
  expect(mean, what).toBeLessThan(0.3)
}

interface Photo {
  bytes: Uint8Array
  /** decoded as the exported example does */
  decoded: Tensor
}

async function photoOf(bytes: Uint8Array): Promise<Photo> {
  const image = sharp(bytes).autoOrient().flatten({ background: 'white' }).toColourspace('srgb').removeAlpha()
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true })
  return { bytes, decoded: new Tensor('uint8', data, [info.height, info.width, 3]) }
}

async function preparation(input: Preprocessing): Promise<(photo: Photo) => Promise<Difference>> {
  const session = await InferenceSession.create(preparationModel(input, 1), { intraOpNumThreads: 1 })
  return async ({ bytes, decoded }) => {
    const outside = (await session.run({ photo: decoded }))['pixels'].data as Float32Array
    const inside = (await prepareImage(bytes, input, 'photo')).pixels
    expect(outside.length).toBe(inside.length)
    let largest = 0
    let beyond = 0
    let sum = 0
    for (let index = 0; index < outside.length; index++) {
      const channel = Math.floor((3 * index) / outside.length)
      const difference = 255 * input.std[channel] * Math.abs(outside[index] - inside[index])
      largest = Math.max(largest, difference)
      if (difference > 2.001) beyond++
      sum += difference
    }
    return { largest, beyondTwo: beyond / outside.length, mean: sum / outside.length }
  }
}

describe.skipIf(sharedData === undefined)(`prepare.onnx on 100 COCO photos (skipped when ${withoutSharedData})`, () => {
  const photos: Photo[] = []

  beforeAll(async () => {
    const folder = join(sharedData!, 'coco/images')
    const names = readdirSync(folder).filter((name) => name.endsWith('.jpg'))
    for (const name of names.toSorted().slice(0, 100)) photos.push(await photoOf(await readImageFile(join(folder, name))))
    expect(photos).toHaveLength(100)
  })

  test.each([
    ['squash to 300', 100, square(300, 'squash', { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] })],
    ['squash to 448', 10, square(448, 'squash')],
    ['crop to 224', 100, square(224, 'crop', { mean: [0.48145466, 0.4578275, 0.40821073], std: [0.26862954, 0.26130258, 0.27577711] })],
    ['crop to 224 of 256, bilinear', 10, square(224, 'crop', { shortSide: 256, interpolation: 'bilinear' })],
    ['letterbox to 384', 100, square(384, 'letterbox')],
    ['letterbox to 320×192', 10, { ...square(320, 'letterbox'), height: 192 }],
  ] as const)('gives the product’s pixels: %s, %i photos', { timeout: 300_000 }, async (_name, count, input) => {
    const compare = await preparation(input)
    for (const [index, photo] of photos.slice(0, count).entries()) expectWithinTolerance(await compare(photo), `photo ${index}`)
  })
})

describe('prepare.onnx on drawn photos', () => {
  const noise = (width: number, height: number): Promise<Buffer> => {
    const bytes = Buffer.from(Array.from({ length: width * height * 3 }, (_, index) => (index * 7919 + (index >> 7) * 31) % 251))
    return sharp(bytes, { raw: { width, height, channels: 3 } })
      .png()
      .toBuffer()
  }

  test.each(['squash', 'crop', 'letterbox'] as const)('gives the product’s pixels for extreme sizes: %s', { timeout: 120_000 }, async (resize) => {
    const compare = await preparation(square(32, resize))
    // Enlarged, kept, hardly and much smaller, whole factors, odd cuts, one pixel.
    for (const [width, height] of [
      [1, 1],
      [3, 200],
      [32, 32],
      [33, 31],
      [47, 48],
      [49, 64],
      [64, 47],
      [300, 20],
      [640, 480],
      [481, 643],
      [977, 129],
    ])
      expectWithinTolerance(await compare(await photoOf(await noise(width, height))), `${width}×${height}`)
  })
})
