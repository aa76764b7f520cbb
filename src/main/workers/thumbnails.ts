/** Makes small versions of images with sharp. Written beside the target and renamed, so that a half-made one is never seen. */
import sharp from 'sharp'
import { z } from 'zod'
import { AppError } from '#shared/errors.ts'
import { writeWhole } from '#engine/files/write-whole.ts'
import { handler, serve } from './serve.ts'

sharp.cache(false)
sharp.concurrency(1)

const request = z.object({ source: z.string(), target: z.string(), size: z.number().int().positive() })

serve('thumbnails', {
  make: handler(request, async ({ source, target, size }) => {
    try {
      const picture = await sharp(source, { limitInputPixels: 1_000_000_000, failOn: 'none' })
        .rotate() // as the camera was held
        .resize({ width: size, height: size, fit: 'inside', withoutEnlargement: true })
        .webp({ quality: 82 })
        .toBuffer()
      await writeWhole(target, picture)
    } catch (cause) {
      throw new AppError('corrupt', `The image ${source} cannot be read.`, { kept: 'Its row and texts are kept.', cause })
    }
    return null
  }),
})
