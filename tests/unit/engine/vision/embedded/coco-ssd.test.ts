import { join } from 'node:path'
import { readFile } from 'node:fs/promises'
import { Tensor } from '#engine/runtime/onnxruntime.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cocoObjects } from '#engine/metrics/failures/chair-objects.ts'
import { createSession, type Session } from '#engine/runtime/session.ts'
import { cocoLabels, noLabel } from '#engine/vision/embedded/coco-labels.ts'
import { readEncoderManifest } from '#engine/vision/encoders/encoder-package.ts'
import type { EncoderManifest } from '#engine/vision/encoders/encoder-manifest.ts'
import { captioningEncoderFolder, ensureEncoders } from '../../../../../scripts/build-encoder.ts'

describe('COCO’s labels', () => {
  test('are 80 at the ids of its files, named as the measures of hallucination name them', () => {
    const named = cocoLabels.filter((label) => label !== noLabel)
    expect(cocoLabels).toHaveLength(91)
    expect([cocoLabels[0], cocoLabels[1], cocoLabels[18], cocoLabels[59], cocoLabels[90]]).toEqual([noLabel, 'person', 'dog', 'pizza', 'toothbrush'])
    expect(named.toSorted()).toEqual(Object.keys(cocoObjects).toSorted())
  })
})

describe('the COCO encoder', () => {
  let manifest: EncoderManifest
  let session: Session

  beforeAll(async () => {
    await ensureEncoders()
    manifest = await readEncoderManifest(captioningEncoderFolder)
    session = await createSession(await readFile(join(captioningEncoderFolder, manifest.weights.file)))
  })
  afterAll(() => session.release())

  const picture = (seed: number): Float32Array => Float32Array.from({ length: 3 * 300 * 300 }, (_, i) => Math.sin(i / (50 + seed)) * Math.cos(i / (7 + seed)))

  async function outputsOf(images: Float32Array[]) {
    const batch = new Float32Array(images.length * images[0].length)
    images.forEach((pixels, index) => batch.set(pixels, index * pixels.length))
    const outputs = await session.run({ image: new Tensor('float32', batch, [images.length, 3, 300, 300]) })
    return { grid: outputs['grid'].data as Float32Array, pooled: outputs['pooled'].data as Float32Array, classes: outputs['classes_raw'].data as Float32Array }
  }

  test('says before the grid how sure its detector is of each kind, and how much of it there is', async () => {
    const { grid, classes } = await outputsOf([picture(1)])
    const { first, labels } = manifest.grid.evidence ?? { first: 0, labels: [] }
    expect(labels).toHaveLength(80)
    labels.forEach((label, index) => {
      const id = cocoLabels.indexOf(label)
      const scores = Array.from({ length: 1917 }, (_, anchor) => 1 / (1 + Math.exp(-classes[anchor * 91 + id])))
      expect(grid[first + index]).toBeCloseTo(6 * Math.max(...scores), 3)
      const mass = scores.reduce((sum, score) => sum + Math.max(0, score - 0.25), 0)
      expect(grid[first + 80 + index]).toBeCloseTo(3 * Math.log(1 + mass), 3)
    })
    expect(Array.from(grid.slice(0, first))).toEqual([3, ...Array.from({ length: first - 1 }, () => 0)])
  })

  test('gives cells features without evidence, their mean, and of a batch what it gives of each', async () => {
    const { width } = manifest.grid
    const [one, other, both] = [await outputsOf([picture(1)]), await outputsOf([picture(2)]), await outputsOf([picture(1), picture(2)])]
    expect(one.grid).toHaveLength(101 * width)
    let sum = 0
    for (let cell = 1; cell <= 100; cell++) {
      sum += one.grid[cell * width]
      expect(one.grid.slice(cell * width + 960, (cell + 1) * width).every((value) => value === 0)).toBe(true)
    }
    expect(one.pooled[0]).toBeCloseTo(sum / 100, 4)
    const difference = both.grid.reduce((most, value, index) => {
      const single = index < one.grid.length ? one.grid[index] : other.grid[index - one.grid.length]
      return Math.max(most, Math.abs(value - single))
    }, 0)
    expect(difference).toBeLessThan(1e-3)
  })
})
