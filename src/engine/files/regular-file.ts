/** Files that others brought: only regular files are opened, so that no pipe or device is waited for, and none larger than said. */
import { constants } from 'node:fs'
import { open, realpath, type FileHandle } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { AppError } from '#shared/errors.ts'

/** What Node reads into one buffer. */
const largestBuffer = 2 ** 31 - 1
const chunk = 2 ** 28

/** A pipe's open returns at once, and what comes up is looked at before a byte is read. Windows has no such flag. */
const withoutWaiting = constants.O_RDONLY | ((constants as Partial<typeof constants>).O_NONBLOCK ?? 0)

/**
 * Opens a file for reading. The caller closes it.
 * @throws AppError `bad-input` for what is no regular file; what the system says of a file that cannot be opened
 */
export async function openRegular(path: string): Promise<{ handle: FileHandle; size: number }> {
  const handle = await open(path, withoutWaiting).catch((error: unknown) => {
    throw (error as NodeJS.ErrnoException).code === 'ENXIO' ? notRegular(path, error) : error // a socket
  })
  try {
    const found = await handle.stat()
    if (!found.isFile()) throw notRegular(path)
    return { handle, size: found.size }
  } catch (error) {
    await handle.close()
    throw error
  }
}

/**
 * A regular file's bytes.
 * @throws AppError `bad-input` as `openRegular`, and for a file of more than `most` bytes, of which none is read
 */
export async function readRegular(path: string, most = largestBuffer): Promise<Buffer<ArrayBuffer>> {
  const { handle, size } = await openRegular(path)
  try {
    if (size > most) throw new AppError('bad-input', `${path} is larger than ${inWords(most)}.`, { todo: 'Check that it is the right file.' })
    // Files of /proc say that they are empty and are not.
    if (size === 0) return await readUnknown(handle, path, most)
    const bytes = Buffer.allocUnsafe(size)
    let read = 0
    while (read < size) {
      const { bytesRead } = await handle.read(bytes, read, Math.min(chunk, size - read), read)
      if (bytesRead === 0) break
      read += bytesRead
    }
    return read === size ? bytes : bytes.subarray(0, read)
  } finally {
    await handle.close()
  }
}

/** The same as text. @throws AppError as `readRegular` */
export async function readRegularText(path: string, most?: number): Promise<string> {
  return (await readRegular(path, most)).toString('utf8')
}

/**
 * A file of a folder that came from elsewhere: links are followed as long as they stay inside.
 * @throws AppError as `readRegular`, and `not-permitted` for a link that leads out
 */
export async function readInside(folder: string, name: string, most?: number): Promise<Buffer<ArrayBuffer>> {
  return readRegular(await realInside(folder, join(folder, name)), most)
}

/** The real path of what lies in a folder. @throws AppError `not-permitted` for a link that leads out, what the system says */
export async function realInside(folder: string, path: string): Promise<string> {
  const [root, real] = await Promise.all([realpath(folder), realpath(path)])
  if (real.startsWith(root.endsWith(sep) ? root : root + sep)) return real
  throw new AppError('not-permitted', `${path} leads out of its folder.`, { kept: 'Nothing was changed.', todo: 'Put the file itself there.' })
}

async function readUnknown(handle: FileHandle, path: string, most: number): Promise<Buffer<ArrayBuffer>> {
  const pieces: Buffer[] = []
  let total = 0
  for (;;) {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(65_536), 0, 65_536, total)
    if (bytesRead === 0) return Buffer.concat(pieces)
    total += bytesRead
    if (total > most) throw new AppError('bad-input', `${path} is larger than ${inWords(most)}.`, { todo: 'Check that it is the right file.' })
    pieces.push(buffer.subarray(0, bytesRead))
  }
}

function notRegular(path: string, cause?: unknown): AppError {
  return new AppError('bad-input', `${path} is no regular file.`, {
    kept: 'Nothing was changed.',
    todo: 'Put a file in its place.',
    ...(cause === undefined ? {} : { cause }),
  })
}

function inWords(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : bytes >= 1e6 ? `${Math.round(bytes / 1e6)} MB` : `${bytes} bytes`
}
