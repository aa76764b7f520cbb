import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openEncoder } from '#engine/vision/encoders/encoder.ts'
import { readInstanceBoxes } from '#engine/vision/regions/instance-boxes.ts'
import { detectedBoxes, type LabelledBox } from '#engine/vision/regions/photo-boxes.ts'
import { photoRegions } from '#engine/vision/regions/photo-regions.ts'
import { prepareImage, readImageFile } from '#engine/vision/photos/image.ts'
import { defaultEncoderFolder, ensureEncoders } from '../../../../../scripts/build-encoder.ts'
import { drawPictures } from '../../../../support/pictures.ts'
import { temporaryFolder } from '../../../../support/temporary-folder.ts'

const size = { width: 100, height: 100 }
const categories = [{ id: 18, name: 'dog' }]

function instancesFile(content: object): string {
  const path = join(temporaryFolder(), 'instances.json')
  writeFileSync(path, JSON.stringify(content))
  return path
}

describe('boxes of COCO instances', () => {
  test('are by file name, largest first, without crowds', async () => {
    const annotation = { image_id: 7, category_id: 18 }
    const path = instancesFile({
      images: [
        { ...size, id: 7, file_name: 'dogs.jpg' },
        { ...size, id: 8, file_name: 'empty.jpg' },
      ],
      annotations: [
        { ...annotation, bbox: [10, 20, 5, 5] },
        { ...annotation, bbox: [1, 2, 30, 40], iscrowd: 0 },
        { ...annotation, bbox: [0, 0, 100, 100], iscrowd: 1 },
      ],
      categories,
    })
    expect(Object.fromEntries(await readInstanceBoxes(path))).toEqual({
      'dogs.jpg': {
        ...size,
        boxes: [
          { label: 'dog', score: 1, box: [1, 2, 31, 42] },
          { label: 'dog', score: 1, box: [10, 20, 15, 25] },
        ],
      },
      'empty.jpg': { ...size, boxes: [] },
    })
  })

  test('a file without boxes is refused by the entry at fault', async () => {
    const path = instancesFile({
      images: [{ ...size, id: 7, file_name: 'dogs.jpg' }],
      annotations: [{ image_id: 7, category_id: 18, bbox: [1, 2] }],
      categories,
    })
    await expect(readInstanceBoxes(path)).rejects.toThrow('annotations.0.bbox')
  })
})

describe('the regions of a photo', () => {
  test('the box of a cell has its features, the whole photo the pooled vector; boxes are in shares of the photo', async () => {
    await ensureEncoders()
    const encoder = await openEncoder(defaultEncoderFolder)
    const [path] = await drawPictures(temporaryFolder(), 1) // 320×240: squashed, 32×24 pixels a cell
    const given: LabelledBox[] = [
      { label: 'cell', score: 1, box: [64, 24, 96, 48] },
      { label: 'all', score: 1, box: [0, 0, 320, 240] },
      { label: 'too many', score: 1, box: [0, 0, 9, 9] },
    ]
    const { labels, boxes, features } = await photoRegions(path, { encoder, boxes: () => Promise.resolve(given), limit: 2, classToken: 'dropped' })
    expect(labels).toEqual(['cell', 'all'])
    ;[0.2, 0.1, 0.3, 0.2, 0, 0, 1, 1].forEach((value, index) => expect(boxes[index]).toBeCloseTo(value, 6))
    const { pixels } = await prepareImage(await readImageFile(path), encoder.manifest.input, path)
    const { grid, pooled } = await encoder.encode(pixels, 1)
    for (const channel of [0, 17, 959]) {
      expect(features[channel]).toBeCloseTo(grid[12 * 960 + channel], 3)
      expect(features[960 + channel]).toBeCloseTo(pooled[channel], 3)
    }
    const found = await detectedBoxes(encoder, { minimumScore: 0.01, limit: 5 })(await readImageFile(path), path, { width: 320, height: 240 })
    expect(found.length).toBeLessThanOrEqual(5)
    for (const {
      box: [x0, y0, x1, y1],
    } of found)
      expect(x0 >= 0 && y0 >= 0 && x1 <= 320 && y1 <= 240 && x0 <= x1 && y0 <= y1).toBe(true)
    await encoder.close()
  })
})
