/** Compressed files that others brought: what comes out is bounded, so that a small file does not become all memory. */
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { AppError } from '#shared/errors.ts'

const inflate = promisify(gunzip)

/**
 * The content of gzip bytes, of at most `most` bytes; `source` names them in errors.
 * @throws AppError `corrupt` for what is no gzip, `bad-input` for more than that
 */
export async function inflateGzip(bytes: Uint8Array, source: string, most: number): Promise<Buffer> {
  try {
    return await inflate(bytes, { maxOutputLength: most })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw new AppError('bad-input', `${source} becomes larger than ${Math.round(most / 1e6)} MB when it is unpacked.`, {
        kept: 'Nothing was changed.',
        todo: 'Check that it is the right file.',
        cause,
      })
    throw new AppError('corrupt', `${source} is no gzip file, or is damaged.`, { kept: 'Nothing was changed.', todo: 'Copy the file again.', cause })
  }
}
