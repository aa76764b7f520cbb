/**
 * The one place that opens photos: files, and members of tar and Parquet files, which are read in place. Import, thumbnails, captioning, search and regions come here.
 */
import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '#shared/errors.ts'
import { fileOnDisk, packedEnd, packedPath, type PackedPath } from './packed/packed-path.ts'
import { listParquetPhotos, readParquetPhoto } from './packed/parquet-photos.ts'
import { tarMembers, type Members } from './packed/tar-members.ts'
import { hashBytes, hashFile } from './content-hash.ts'
import { openRegular, readRegular, realInside } from './regular-file.ts'

/** Bytes; what Node reads into one buffer. */
const largestPhoto = 2 ** 31 - 1
const indexesKept = 32

/** A photo's bytes. @throws AppError as `readRegular`; `not-found` for a member that is not there, `corrupt` for a damaged tar or Parquet file */
export async function readPhoto(path: string): Promise<Uint8Array> {
  const packed = packedPath(path)
  if (packed === null) return readRegular(path)
  return packed.end === '.tar' ? readFromTar(packed) : await fromParquet(packed)
}

/** SHA-256 of a photo's bytes. */
export async function hashPhoto(path: string, signal?: AbortSignal): Promise<string> {
  return packedPath(path) === null ? hashFile(path, signal) : hashBytes(await readPhoto(path))
}

/** Writes a photo's bytes to a file that is not there yet. */
export async function copyPhoto(path: string, file: string): Promise<void> {
  await writeFile(file, await readPhoto(path), { flag: 'wx' })
}

/** Another whenever the file that holds a photo is written or put in another's place, whatever time it says that it is of. @throws what the system says */
export async function photoState(path: string): Promise<string> {
  const { ino, size, mtimeMs, ctimeMs } = await stat(fileOnDisk(path))
  return [ino, size, mtimeMs, ctimeMs].join(' ')
}

/** The real path of a photo below a folder. @throws AppError as `realInside` */
export async function realPhotoInside(folder: string, path: string): Promise<string> {
  const packed = packedPath(path)
  return packed === null ? realInside(folder, path) : join(await realInside(folder, packed.container), packed.member)
}

/** The names of what is in a tar file, or of a Parquet file's photos, as paths below it are written; none for other files. @throws AppError `corrupt` */
export async function listPacked(path: string): Promise<{ names: string[]; leftOut: Members['leftOut'] }> {
  switch (packedEnd(path)) {
    case '.tar': {
      const { members, leftOut } = await tarIndex(path)
      return { names: [...members.keys()], leftOut }
    }
    case '.parquet':
      return { names: await listParquetPhotos(path), leftOut: [] }
    default:
      return { names: [], leftOut: [] }
  }
}

/** Whether a member of a packed file is there. @throws AppError `corrupt` */
export async function hasMember({ container, end, member }: PackedPath): Promise<boolean> {
  // Of Parquet every row has its photo, or says at import that it has none.
  return end === '.parquet' ? /^\d/.test(member) : (await tarIndex(container)).members.has(member)
}

/** A member of a tar file, of at most `most` bytes. @throws AppError `not-found`, `bad-input` where it is larger */
export async function readFromTar({ container, member }: Pick<PackedPath, 'container' | 'member'>, most = largestPhoto): Promise<Buffer<ArrayBuffer>> {
  const { members } = await tarIndex(container)
  const place = members.get(member)
  if (place === undefined) throw gone(container, member)
  if (place.size > most)
    throw new AppError('bad-input', `“${member}” of ${container} is larger than ${most} bytes.`, { todo: 'Check that it is the right file.' })
  const { handle } = await openRegular(container)
  try {
    const bytes = Buffer.allocUnsafe(place.size)
    for (let read = 0; read < place.size;) {
      const { bytesRead } = await handle.read(bytes, read, place.size - read, place.offset + read)
      if (bytesRead === 0) throw new AppError('corrupt', `${container} ends in the middle of “${member}”.`, { todo: 'Copy the file again.' })
      read += bytesRead
    }
    return bytes
  } finally {
    await handle.close()
  }
}

async function fromParquet({ container, member }: PackedPath): Promise<Uint8Array> {
  const bytes = await readParquetPhoto(container, member, await versionOf(container))
  if (bytes === null) throw gone(container, member)
  return bytes
}

function gone(container: string, member: string): AppError {
  return new AppError('not-found', `${container} holds no “${member}”.`, { todo: 'Put the file back that was imported.' })
}

async function versionOf(path: string): Promise<string> {
  const { mtimeMs, size } = await stat(path)
  return `${mtimeMs} ${size}`
}

const indexes = new Map<string, { version: string; index: Promise<Members> }>()

/** What is where in a tar file, remembered as long as the file stays as it is. */
async function tarIndex(path: string): Promise<Members> {
  const version = await versionOf(path)
  const known = indexes.get(path)
  indexes.delete(path)
  const index = known?.version === version ? known.index : readIndex(path)
  indexes.set(path, { version, index })
  for (const [oldest] of indexes) if (indexes.size > indexesKept) indexes.delete(oldest)
  try {
    return await index
  } catch (error) {
    indexes.delete(path)
    throw error
  }
}

async function readIndex(path: string): Promise<Members> {
  const { handle, size } = await openRegular(path)
  try {
    return await tarMembers(path, handle, size)
  } finally {
    await handle.close()
  }
}
