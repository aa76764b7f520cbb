import { expect, test } from 'vitest'
import { parseNormalisation, readPreprocessorConfig } from '#engine/vision/encoder-import/preprocessor-config.ts'
import { placePhoto } from '#engine/vision/photos/placement.ts'

test('CLIP’s older and newer files say the same', () => {
  const older = { size: 224, crop_size: 224, do_center_crop: true, image_mean: [0.48, 0.45, 0.4], image_std: [0.2, 0.2, 0.2], resample: 3 }
  const newer = { ...older, size: { shortest_edge: 224 }, crop_size: { height: 224, width: 224 } }
  expect(readPreprocessorConfig(older, 'file')).toEqual(readPreprocessorConfig(newer, 'file'))
  expect(readPreprocessorConfig(older, 'file')).toEqual({
    mean: [0.48, 0.45, 0.4],
    std: [0.2, 0.2, 0.2],
    interpolation: 'bicubic',
    resize: 'crop',
    width: 224,
    height: 224,
  })
})

test('a short side larger than the crop is kept, and places the photo as torchvision does', () => {
  const config = { size: { shortest_edge: 256 }, crop_size: { height: 224, width: 224 }, do_center_crop: true, resample: 2 }
  const { shortSide, resize, interpolation } = readPreprocessorConfig(config, 'file')
  expect([shortSide, resize, interpolation]).toEqual([256, 'crop', 'bilinear'])
  const input = { width: 224, height: 224, mean: [0, 0, 0], std: [1, 1, 1], resize: 'crop', interpolation: 'bicubic', shortSide: 256 } as const
  expect(placePhoto(640, 480, { ...input, mean: [0, 0, 0], std: [1, 1, 1] })).toMatchObject({
    resizedWidth: 341,
    resizedHeight: 256,
    offsetX: -58,
    offsetY: -16,
  })
})

test('a fixed size squashes, an unknown resampling is refused', () => {
  expect(readPreprocessorConfig({ size: { height: 384, width: 384 } }, 'file')).toMatchObject({ resize: 'squash', width: 384, height: 384 })
  expect(readPreprocessorConfig({ do_normalize: false }, 'file')).toMatchObject({ mean: [0, 0, 0], std: [1, 1, 1] })
  expect(() => readPreprocessorConfig({ resample: 1 }, 'file.json')).toThrow('file.json asks for resampling 1')
  expect(() => readPreprocessorConfig({ size: 'large' }, 'file.json')).toThrow('file.json cannot be followed: size')
})

test('normalisations are names or numbers', () => {
  expect(parseNormalisation('imagenet').std).toEqual([0.229, 0.224, 0.225])
  expect(parseNormalisation('0.5,0.4,0.3/0.1,0.2,0.3')).toEqual({ mean: [0.5, 0.4, 0.3], std: [0.1, 0.2, 0.3] })
  expect(() => parseNormalisation('0.5/0.5')).toThrow('is no normalisation')
  expect(() => parseNormalisation('0,0,0/1,0,1')).toThrow('is no normalisation')
})
