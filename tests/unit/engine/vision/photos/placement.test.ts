import { describe, expect, test } from 'vitest'
import { placePhoto, toPhoto } from '#engine/vision/photos/placement.ts'
import type { Preprocessing } from '#engine/vision/encoders/encoder-manifest.ts'

function input(resize: Preprocessing['resize'], width = 224, height = 224): Preprocessing {
  return { width, height, mean: [0, 0, 0], std: [1, 1, 1], resize, interpolation: 'bicubic' }
}

describe('placing a photo in an input', () => {
  test('squashing takes both sides to size', () => {
    expect(placePhoto(640, 426, input('squash'))).toMatchObject({ resizedWidth: 224, resizedHeight: 224, offsetX: 0, offsetY: 0 })
  })

  test('cropping takes the short side to size, truncates the other and cuts the centre', () => {
    // 224 · 640 / 426 = 336.5; (336 − 224) / 2 = 56
    expect(placePhoto(640, 426, input('crop'))).toMatchObject({ resizedWidth: 336, resizedHeight: 224, offsetX: -56, offsetY: 0 })
    expect(placePhoto(426, 640, input('crop'))).toMatchObject({ resizedWidth: 224, resizedHeight: 336, offsetX: 0, offsetY: -56 })
  })

  test('letterboxing takes the long side to size and centres the photo', () => {
    expect(placePhoto(400, 200, input('letterbox'))).toMatchObject({ resizedWidth: 224, resizedHeight: 112, offsetX: 0, offsetY: 56 })
  })

  test('extreme shapes keep at least one pixel and cover the input', () => {
    expect(placePhoto(30_000, 1, input('letterbox'))).toMatchObject({ resizedWidth: 224, resizedHeight: 1 })
    expect(placePhoto(1, 1, input('crop'))).toMatchObject({ resizedWidth: 224, resizedHeight: 224 })
    expect(placePhoto(30_000, 10, input('crop'))).toMatchObject({ resizedWidth: 672_000, resizedHeight: 224 })
  })

  test.each(['squash', 'crop', 'letterbox'] as const)('the way back from %s finds the place in the photo', (resize) => {
    const placement = placePhoto(800, 600, input(resize))
    const { resizedWidth, resizedHeight, offsetX, offsetY } = placement
    const box = [300, 200, 500, 400] as const
    const scaleX = resizedWidth / 800
    const scaleY = resizedHeight / 600
    const inside = [300 * scaleX + offsetX, 200 * scaleY + offsetY, 500 * scaleX + offsetX, 400 * scaleY + offsetY] as const
    toPhoto(placement, inside).forEach((value, index) => expect(value).toBeCloseTo(box[index], 6))
    expect(toPhoto(placement, [-1e6, -1e6, 1e6, 1e6])).toEqual([0, 0, 800, 600])
  })
})
