import sharp from 'sharp'
import { expect, test } from 'vitest'
import { isCutShort } from '#engine/vision/photos/truncation.ts'

const picture = sharp({ create: { width: 90, height: 70, channels: 3, background: '#a52', noise: { type: 'gaussian', mean: 128, sigma: 60 } } })

test.each(['jpeg', 'png', 'webp'] as const)('a whole %s is whole, with anything behind it too; one that was cut is told', async (format) => {
  const bytes = await picture.clone().toFormat(format).toBuffer()
  expect(isCutShort(bytes)).toBe(false)
  expect(isCutShort(Buffer.concat([bytes, Buffer.from('trailing bytes')]))).toBe(false)
  for (const share of [0.99, 0.7, 0.3]) expect(isCutShort(bytes.subarray(0, Math.floor(bytes.length * share))), String(share)).toBe(true)
})

test('what is none of these formats is not judged', () => {
  expect(isCutShort(Buffer.from('some text that is no photo'))).toBe(false)
  expect(isCutShort(new Uint8Array(0))).toBe(false)
})
