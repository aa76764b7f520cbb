/** Makes small versions of images with sharp. Written beside the target and renamed, so that a half-made one is never seen. */
import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import sharp from 'sharp'
import { z } from 'zod'
import { AppError } from '#shared/errors.ts'
import { handler, serve } from './serve.ts'

sharp.cache(false)
sharp.concurrency(1)

const request = z.object({ source: z.string(), target: z.string(), size: z.number().int().positive() })

serve('thumbnails', {
  make: handler(request, async ({ source, target, size }) => {
    await mkdir(dirname(target), { recursive: true })
    const temporary = `${target}.${process.pid}.new`
    try {
      await sharp(source, { limitInputPixels: 1_000_000_000, failOn: 'none' })
        .rotate() // as the camera was held
        .resize({ width: size, height: size, fit: 'inside', withoutEnlargement: true })
        .webp({ quality: 82 })
        .toFile(temporary)
      await rename(temporary, target)
    } catch (cause) {
      await rm(temporary, { force: true })
      throw new AppError('corrupt', `The image ${source} cannot be read.`, { kept: 'Its row and texts are kept.', cause })
    }
    return null
  }),
})
