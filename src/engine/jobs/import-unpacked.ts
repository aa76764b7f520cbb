/** An import that takes photos out of tar and Parquet files: they are written beside their place, and the folder gets its name when all of them are read. */
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pathInside } from '#engine/datasets/photo-paths.ts'
import { requireOutput } from '#engine/files/output-place.ts'
import { packedPath } from '#engine/files/packed/packed-path.ts'
import { copyPhoto } from '#engine/files/photo-file.ts'
import { placeFolder } from '#engine/files/write-whole.ts'
import { AppError, sentence, toReport } from '#shared/errors.ts'
import type { JobContext } from '#shared/jobs.ts'
import type { ReadSource, SourceImage } from '../workspace/import/source.ts'

/** Photos between two looks at pause and cancel. */
const photosAtOnce = 16

/**
 * Has `work` done with the photos in a folder of their own, which is there once it is done, and not before.
 * @throws AppError `conflict` where the folder is there already, `bad-input` for photos that are files already, `cancelled`
 */
export async function unpacking<Result>(
  to: string,
  read: ReadSource,
  context: JobContext,
  work: (read: ReadSource, context: JobContext) => Promise<Result>,
): Promise<Result> {
  const folder = requireOutput(to, { replace: false })
  const plain = read.images.find(({ path }) => packedPath(path) === null)
  if (plain !== undefined)
    throw new AppError('bad-input', `${plain.path} is a file already: there is nothing to unpack.`, {
      kept: 'Nothing was imported.',
      todo: 'Import it without unpacking.',
    })
  return placeFolder(folder, async (partial) => work({ ...read, root: folder, images: await unpack(read, folder, partial, context) }, context), {
    replace: false,
  })
}

async function unpack({ images, leftOut }: ReadSource, folder: string, partial: string, context: JobContext): Promise<SourceImage[]> {
  const unpacked: SourceImage[] = []
  for (const [done, image] of images.entries()) {
    if (done % photosAtOnce === 0) {
      await context.unpaused()
      if (context.signal.aborted) throw new AppError('cancelled', 'The import was cancelled.', { kept: 'Nothing was imported, and nothing was unpacked.' })
      context.progress({ done, total: images.length, unit: 'images', message: 'Unpacking photos' })
    }
    const fileName = image.fileName.replaceAll(/\.(?:tar|parquet)(?=\/)/gi, '')
    const readFrom = pathInside(partial, fileName)
    if (readFrom === null) {
      leftOut.add(image.fileName, 'Its name leads out of the folder.')
      continue
    }
    try {
      await mkdir(dirname(readFrom), { recursive: true })
      await copyPhoto(image.path, readFrom)
      unpacked.push({ ...image, fileName, path: join(folder, fileName), readFrom })
    } catch (cause) {
      const { code } = toReport(cause)
      if (code !== 'not-found' && code !== 'corrupt' && code !== 'bad-input') throw cause // a full disk is no photo's fault
      leftOut.add(image.fileName, sentence(toReport(cause)))
    }
  }
  return unpacked
}
