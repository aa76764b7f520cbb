/**
 * An import that takes photos out of tar and Parquet files: they are written beside their place, and the folder gets its name when all of them are read.
 * Until the workspace has them, a mark in the folder says whose it is: a kill in between leaves a folder that the next try knows as its own.
 */
import { mkdir, realpath, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { z } from 'zod'
import { pathInside } from '#engine/datasets/photo-paths.ts'
import { requireOutput } from '#engine/files/output-place.ts'
import { packedPath } from '#engine/files/packed/packed-path.ts'
import { copyPhoto, realPhotoInside } from '#engine/files/photo-file.ts'
import { readInside } from '#engine/files/regular-file.ts'
import { placeFolder } from '#engine/files/write-whole.ts'
import { AppError, sentence, toReport } from '#shared/errors.ts'
import type { JobContext } from '#shared/jobs.ts'
import { parseJson } from '#shared/json.ts'
import { imageRoots } from '#engine/workspace/repositories/images.ts'
import type { ReadSource, SourceImage, SourceImages } from '#engine/workspace/import/source.ts'
import { withReader } from '../job-reader.ts'

/** Photos between two looks at pause and cancel. */
const photosAtOnce = 16

/** In an unpacked folder until its photos are the workspace's. */
const markName = '.capstan-unpacked.json'
const markSchema = z.object({ workspace: z.string(), job: z.number() })

/**
 * Has `work` done with the photos in a folder of their own, which is there once it is done, and not before.
 * @throws AppError `conflict` where the folder is there already, `bad-input` for photos that are files already, `cancelled`
 */
export async function unpacking<Result>(to: string, read: ReadSource, context: JobContext, work: (read: ReadSource) => Promise<Result>): Promise<Result> {
  const former = await formerTry(to, context)
  if (former?.committed === true && former.job === context.environment.jobId) return work(placed(read, former.folder))
  if (former?.committed === false) await rm(former.folder, { recursive: true, force: true })
  const folder = requireOutput(to, { replace: false })
  for (const { path } of read.images.each())
    if (packedPath(path) === null)
      throw new AppError('bad-input', `${path} is a file already: there is nothing to unpack.`, {
        kept: 'Nothing was imported.',
        todo: 'Import it without unpacking.',
      })
  const { workspaceFolder: workspace, jobId: job } = context.environment
  return placeFolder(
    folder,
    async (partial) => {
      await writeFile(join(partial, markName), JSON.stringify({ workspace, job }))
      await unpack(read, partial, context)
      return work(placed(read, folder, partial))
    },
    { replace: false },
  )
}

/** Its photos are the workspace's from now on. */
export async function settleUnpacked(folder: string): Promise<void> {
  await rm(join(folder, markName), { force: true })
}

/** The import came to nothing, so its folder goes; one whose photos the workspace has stays. */
export async function removeUnpacked(folder: string, context: JobContext): Promise<void> {
  const former = await formerTry(folder, context)
  if (former?.committed === false) await rm(former.folder, { recursive: true, force: true })
}

interface FormerTry {
  /** Its real path. */
  folder: string
  job: number
  /** The workspace has its photos. */
  committed: boolean
}

/** What a killed import of this workspace left under a name; null for anything else that is there, and where nothing is. */
async function formerTry(to: string, context: JobContext): Promise<FormerTry | null> {
  const folder = await realpath(resolve(to)).catch(() => null)
  if (folder === null) return null
  try {
    const { workspace, job } = markSchema.parse(parseJson((await readInside(folder, markName, 10_000)).toString('utf8')))
    if (workspace !== context.environment.workspaceFolder) return null
    return { folder, job, committed: await withReader(context, (database) => Promise.resolve(imageRoots(database).includes(folder))) }
  } catch {
    return null // no mark, or none of ours
  }
}

/** Where a packed photo goes, below the folder. */
const unpackedName = ({ fileName }: SourceImage): string => fileName.replaceAll(/\.(?:tar|parquet)(?=\/)/gi, '')

/** The photos where they are unpacked; until the folder has its name, their bytes are in `partial`. */
function placed(read: ReadSource, folder: string, partial?: string): ReadSource {
  const { images } = read
  const each: SourceImages['each'] = function* (missing) {
    for (const image of images.each(missing)) {
      const fileName = unpackedName(image)
      yield { ...image, fileName, path: join(folder, fileName), ...(partial !== undefined && { readFrom: join(partial, fileName) }) }
    }
  }
  return { ...read, root: folder, images: { ...images, each } }
}

/** Writes every photo; what cannot be is dropped and told. */
async function unpack({ root, images, leftOut }: ReadSource, partial: string, context: JobContext): Promise<void> {
  const total = images.count()
  let done = 0
  for (const image of images.each()) {
    if (done % photosAtOnce === 0) {
      await context.unpaused()
      if (context.signal.aborted) throw new AppError('cancelled', 'The import was cancelled.', { kept: 'Nothing was imported, and nothing was unpacked.' })
      context.progress({ done, total, unit: 'images', message: 'Unpacking photos' })
    }
    done += 1
    const leaveOut = (reason: string): void => {
      leftOut.add(image.fileName, reason)
      images.drop(image.path)
    }
    const file = pathInside(partial, unpackedName(image))
    if (file === null) {
      leaveOut('Its name leads out of the folder.')
      continue
    }
    try {
      await mkdir(dirname(file), { recursive: true })
      await copyPhoto(await realPhotoInside(root, image.path), file)
    } catch (cause) {
      const { code } = toReport(cause)
      if (code !== 'not-found' && code !== 'corrupt' && code !== 'bad-input' && code !== 'not-permitted') throw cause // a full disk is no photo's fault
      leaveOut(sentence(toReport(cause)))
    }
  }
}
