import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp, { type Sharp } from 'sharp'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { prepareImage, readImageFile } from '#engine/vision/photos/image.ts'
import { mirrorImage, normalise } from '#engine/vision/photos/planes.ts'
import { decodeRgb } from '#engine/vision/photos/pixels.ts'
import type { Preprocessing } from '#engine/vision/encoders/encoder-manifest.ts'
import { sharedData, withoutSharedData } from '../../../../support/shared-data.ts'
import { temporaryFolder } from '../../../../support/temporary-folder.ts'

function input(resize: Preprocessing['resize'], side: number): Preprocessing {
  return { width: side, height: side, mean: [0, 0, 0], std: [1, 1, 1], resize, interpolation: 'bicubic' }
}

const red = { r: 250, g: 10, b: 20 }

function plain(width: number, height: number): Sharp {
  return sharp({ create: { width, height, channels: 3, background: red } })
}

/** The colour at the centre of the prepared image. */
async function centre(bytes: Uint8Array, resize: Preprocessing['resize'] = 'squash'): Promise<number[]> {
  const { rgb } = await decodeRgb(bytes, input(resize, 16), 'test image')
  return Array.from(rgb.subarray(3 * (8 * 16 + 8), 3 * (8 * 16 + 8) + 3))
}

function expectNear(colour: number[], expected: number[], tolerance: number): void {
  colour.forEach((value, channel) => expect(Math.abs(value - expected[channel])).toBeLessThanOrEqual(tolerance))
}

describe("Pillow's preprocessing", () => {
  const folder = sharedData === undefined ? '' : join(sharedData, 'clip', 'preprocess')
  const fixtures = z.array(z.object({ file: z.string(), clip224: z.string(), squash448: z.string() }))

  test.skipIf(!sharedData).each([
    ['clip224', input('crop', 224)],
    ['squash448', input('squash', 448)],
  ] as const)(`is reproduced: %s (skipped when ${withoutSharedData})`, async (kind, preprocessing) => {
    for (const fixture of fixtures.parse(JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')))) {
      const expected = readFileSync(join(folder, fixture[kind]))
      const bytes = await readImageFile(join(sharedData ?? '', 'coco', 'images', fixture.file))
      const { rgb } = await decodeRgb(bytes, preprocessing, fixture.file)
      expect(rgb.length).toBe(expected.length)
      const differences = Array.from(rgb, (value, index) => Math.abs(value - expected[index]))
      const mean = differences.reduce((sum, difference) => sum + difference, 0) / differences.length
      expect(Math.max(...new Set(differences))).toBeLessThanOrEqual(10)
      expect(differences.filter((difference) => difference > 2).length / differences.length).toBeLessThanOrEqual(0.001)
      expect(mean).toBeLessThan(0.3)
    }
  })
})

describe('photos of every kind', () => {
  test('JPEG, PNG, WebP, TIFF and GIF decode to the same colour', async () => {
    const image = plain(40, 30)
    const files = await Promise.all([image.jpeg({ quality: 95 }), image.png(), image.webp(), image.tiff(), image.gif()].map((format) => format.toBuffer()))
    for (const bytes of files) expectNear(await centre(bytes), [250, 10, 20], 6)
  })

  test('EXIF orientation turns the photo upright', async () => {
    const left = await plain(20, 40).toBuffer({ resolveWithObject: true })
    const wide = sharp({ create: { width: 80, height: 40, channels: 3, background: 'blue' } }).composite([
      { input: await sharp(left.data, { raw: left.info }).png().toBuffer(), left: 0, top: 0 },
    ])
    const turned = await wide.withMetadata({ orientation: 6 }).jpeg({ quality: 95 }).toBuffer()
    const { rgb, placement } = await decodeRgb(turned, input('squash', 16), 'turned')
    expect([placement.photoWidth, placement.photoHeight]).toEqual([40, 80])
    expectNear(Array.from(rgb.subarray(3 * 8, 3 * 8 + 3)), [250, 10, 20], 8) // what was left is on top
    expectNear(Array.from(rgb.subarray(-3)), [0, 0, 255], 8)
  })

  test('CMYK, 16-bit, grey and palette images come out as 8-bit RGB', async () => {
    expectNear(await centre(await plain(32, 32).toColourspace('cmyk').jpeg({ quality: 95 }).toBuffer()), [250, 10, 20], 40)
    expectNear(await centre(await plain(32, 32).toColourspace('rgb16').png().toBuffer()), [250, 10, 20], 1)
    expectNear(await centre(await plain(32, 32).png({ palette: true }).toBuffer()), [250, 10, 20], 2)
    const [r, g, b] = await centre(await plain(32, 32).greyscale().png().toBuffer())
    expect([g, b]).toEqual([r, r])
  })

  test('a colour profile is followed, or ignored where levels are wanted as stored; EXIF is applied either way', async () => {
    const blue = sharp({ create: { width: 80, height: 40, channels: 3, background: 'blue' } })
    const half = await plain(40, 40).png().toBuffer()
    // Stored in Display P3, where sRGB's red and blue have other levels; red on the left, turned to the top.
    const wide = blue
      .composite([{ input: half, left: 0, top: 0 }])
      .withIccProfile('p3')
      .withExif({ IFD0: { Orientation: '6' } })
    const bytes = await wide.withMetadata({ orientation: 6, icc: 'p3' }).png().toBuffer()
    const stored = await sharp(bytes, { ignoreIcc: true }).extract({ left: 2, top: 2, width: 1, height: 1 }).raw().toBuffer()
    expect(stored[1]).toBeGreaterThan(40) // sRGB has 10
    const top = async (colour?: Preprocessing['colour']): Promise<number[]> => {
      const { rgb } = await decodeRgb(bytes, { ...input('squash', 16), ...(colour && { colour }) }, 'wide')
      return Array.from(rgb.subarray(3 * 8, 3 * 8 + 3))
    }
    expectNear(await top('as-stored'), [...stored], 1)
    expectNear(await top('converted'), [250, 10, 20], 3)
    expectNear(await top(), [250, 10, 20], 3) // as packages without the entry always did
  })

  test('transparent parts are white', async () => {
    const clear = sharp({ create: { width: 32, height: 32, channels: 4, background: { ...red, alpha: 0 } } })
    expect(await centre(await clear.png().toBuffer())).toEqual([255, 255, 255])
    const half = sharp({ create: { width: 32, height: 32, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0.5 } } })
    expectNear(await centre(await half.png().toBuffer()), [127, 127, 127], 1)
  })

  test('of an animation the first frame counts', async () => {
    const frames = Buffer.concat([Buffer.alloc(32 * 32 * 3, 200), Buffer.alloc(32 * 32 * 3, 30)])
    const animated = await sharp(frames, { raw: { width: 32, height: 64, channels: 3, pageHeight: 32 } })
      .webp({ lossless: true })
      .toBuffer()
    expect((await sharp(animated).metadata()).pages).toBe(2)
    expectNear(await centre(animated), [200, 200, 200], 2)
  })

  test.each(['squash', 'crop', 'letterbox'] as const)('one pixel, long strips and 30,000 pixels work: %s', { timeout: 60_000 }, async (resize) => {
    for (const [width, height] of [
      [1, 1],
      [1, 500],
      [3000, 2],
      [30_000, 40],
    ]) {
      expectNear(await centre(await plain(width, height).png().toBuffer(), resize), [250, 10, 20], 1)
    }
  })

  test('more than 30,000 pixels a side are refused by name', async () => {
    const bytes = await plain(30_001, 1).png().toBuffer()
    await expect(prepareImage(bytes, input('squash', 16), 'huge.png')).rejects.toThrow(/huge\.png is larger than 30000 pixels/)
  })

  test('letterboxed photos lie in the middle of black', async () => {
    const { rgb } = await decodeRgb(await plain(40, 20).png().toBuffer(), input('letterbox', 16), 'wide')
    expect(Array.from(rgb.subarray(0, 3))).toEqual([0, 0, 0])
    expect(Array.from(rgb.subarray(-3))).toEqual([0, 0, 0])
    expectNear(Array.from(rgb.subarray(3 * 8 * 16, 3 * 8 * 16 + 3)), [250, 10, 20], 1)
  })
})

describe('photos that cannot be used', () => {
  const noise = Buffer.from(Array.from({ length: 64 * 64 * 3 }, (_, index) => (index * 7919) % 251))

  test('a truncated JPEG, a text file and an empty file are refused by name', async () => {
    const whole = await sharp(noise, { raw: { width: 64, height: 64, channels: 3 } })
      .jpeg()
      .toBuffer()
    const cases = [whole.subarray(0, whole.length / 2), Buffer.from('this is no photo'), Buffer.from('<svg')]
    for (const bytes of cases)
      await expect(prepareImage(bytes, input('squash', 16), 'broken.jpg')).rejects.toMatchObject({
        code: 'bad-input',
        message: expect.stringContaining('broken.jpg') as string,
      })
    const path = join(temporaryFolder(), 'empty.jpg')
    writeFileSync(path, '')
    await expect(readImageFile(path)).rejects.toThrow('empty file')
  })

  test('a pipe with a photo’s name is refused, not waited for', async () => {
    const path = join(temporaryFolder(), 'pipe.jpg')
    execFileSync('mkfifo', [path])
    await expect(readImageFile(path)).rejects.toThrow('is no regular file')
  })
})

describe('the input tensor', () => {
  test('has a plane per colour, normalised by mean and deviation', () => {
    const preprocessing: Preprocessing = { ...input('squash', 1), width: 2, height: 1, mean: [0.5, 0, 0.2], std: [0.5, 1, 0.1] }
    const planes = normalise(Uint8Array.of(0, 51, 102, 255, 255, 0), preprocessing)
    ;[-1, 1, 0.2, 1, 2, -2].forEach((value, index) => expect(planes[index]).toBeCloseTo(value, 5))
  })

  test('mirrors left to right', () => {
    expect(Array.from(mirrorImage(Float32Array.of(1, 2, 3, 4, 5, 6), 3))).toEqual([3, 2, 1, 6, 5, 4])
  })
})
