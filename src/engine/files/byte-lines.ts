/** Lines of a file of any size, a piece at a time; the file is opened for each piece, so that thousands can be read side by side. */
import { AppError } from '#shared/errors.ts'
import { openRegular } from './regular-file.ts'

export interface ByteLine {
  text: string
  /** Bytes of the file up to the end of the line, its line feed included. */
  end: number
  /** A line feed ended it. */
  whole: boolean
}

export interface LineReading {
  /** Bytes read at once (256 KiB unless told). */
  piece?: number
  signal?: AbortSignal | undefined
}

const longestLine = 64 * 2 ** 20 // bytes

/**
 * The lines, told apart by line feeds; of an empty file there is none.
 * @throws AppError `bad-input` for what is no regular file, `corrupt` for a line of more than 64 MB, `cancelled`
 */
export async function* byteLines(path: string, { piece = 2 ** 18, signal }: LineReading = {}): AsyncGenerator<ByteLine, void> {
  const rest: Buffer[] = []
  let held = 0
  let at = 0
  const lineOf = (end: Buffer): string => {
    const text = (rest.length === 0 ? end : Buffer.concat([...rest, end])).toString('utf8')
    rest.length = 0
    held = 0
    return text
  }
  for (;;) {
    if (signal?.aborted === true) throw new AppError('cancelled', 'Reading was cancelled.')
    const bytes = await readAt(path, at, piece)
    let first = 0
    for (let feed = bytes.indexOf(0x0a); feed !== -1; feed = bytes.indexOf(0x0a, first)) {
      const text = lineOf(bytes.subarray(first, feed))
      first = feed + 1
      yield { text, end: at + first, whole: true }
    }
    at += bytes.length
    if (bytes.length < piece) {
      if (held > 0 || first < bytes.length) yield { text: lineOf(bytes.subarray(first)), end: at, whole: false }
      return
    }
    rest.push(bytes.subarray(first))
    held += bytes.length - first
    if (held > longestLine) throw new AppError('corrupt', `${path} has a line of more than 64 MB.`, { todo: 'Check that it is the right file.' })
  }
}

/** At most so many bytes from a place on; fewer only at the end. @throws AppError as `openRegular` */
export async function readAt(path: string, at: number, length: number): Promise<Buffer> {
  const { handle } = await openRegular(path)
  try {
    const bytes = Buffer.allocUnsafe(length)
    let read = 0
    while (read < length) {
      const { bytesRead } = await handle.read(bytes, read, length - read, at + read)
      if (bytesRead === 0) break
      read += bytesRead
    }
    return bytes.subarray(0, read)
  } finally {
    await handle.close()
  }
}
