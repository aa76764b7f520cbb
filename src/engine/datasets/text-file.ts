/** Text files, streamed: one place decides about encodings, byte-order marks, line ends and what is no file at all. */
import { stat, type FileHandle } from 'node:fs/promises'
import { basename } from 'node:path'
import { within } from '#engine/files/deadline.ts'
import { openRegular } from '#engine/files/regular-file.ts'
import { AppError, toReport } from '#shared/errors.ts'
import { encodingTitles as names, type Encoding } from '#shared/exchange.ts'
import { purposes, unusable, type Purpose } from './purpose.ts'

export interface TextReading {
  purpose: Purpose
  /** What the person said the file is written in. Without it anything but UTF-8 is refused by name. */
  encoding?: Encoding | undefined
  signal?: AbortSignal | undefined
  /** Told after each piece. */
  onProgress?: ((bytes: number, total: number) => void) | undefined
}

const pieceSize = 256 * 1024 // bytes
const answersWithin = 10_000 // milliseconds
const longestLine = 64 * 1024 * 1024 // characters

/**
 * The text of a file, piece by piece, without its byte-order mark. Bytes that are not UTF-8 are refused rather than replaced, unless another
 * encoding was asked for.
 * @throws AppError `not-found`, `not-permitted`, `bad-input` naming the encoding the file seems to have, `cancelled`
 */
export async function* readPieces(file: string, { purpose, encoding, signal, onProgress }: TextReading): AsyncGenerator<string> {
  const { size } = await regularFile(file, purpose)
  const chosen = encoding ?? 'utf-8'
  if (encoding === undefined) {
    const marked = await byteOrderMark(file)
    if (marked !== null) throw otherEncoding(file, marked, purpose)
  }
  const decoder = new TextDecoder(chosen, { fatal: true }) // drops a byte-order mark
  const decode = (bytes?: Uint8Array): string => {
    try {
      return bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true })
    } catch (cause) {
      throw encoding === undefined ? otherEncoding(file, 'windows-1252', purpose, cause) : unusable(file, `it is not ${names[chosen]} text`, purpose, cause)
    }
  }
  let done = 0
  const { handle } = await openRegular(file)
  const stream = handle.createReadStream({ highWaterMark: pieceSize })
  try {
    for await (const bytes of stream as AsyncIterable<Uint8Array>) {
      if (signal?.aborted) throw new AppError('cancelled', 'Reading was cancelled.', { kept: purpose.kept })
      done += bytes.length
      yield decode(bytes)
      onProgress?.(done, size)
    }
    yield decode()
  } finally {
    stream.destroy()
  }
}

/**
 * Lines that are not empty, each with its number from 1 on. A line ends in LF, CR LF or a bare CR; U+2028 and its like are part of a caption.
 * @throws what `readPieces` throws, and `bad-input` for a line that no text file has
 */
export async function* readLines(file: string, reading: TextReading): AsyncGenerator<{ text: string; number: number }> {
  let rest = ''
  let number = 0
  for await (const piece of readPieces(file, reading)) {
    rest += piece
    if (rest.length > longestLine && !/[\r\n]/.test(rest))
      throw unusable(`${basename(file)}, line ${number + 1}`, 'the line is longer than 64 million characters', reading.purpose)
    // A CR at the end may be the first half of CR LF.
    const whole = rest.endsWith('\r') ? rest.length - 1 : rest.length
    const lines = rest.slice(0, whole).split(/\r\n|\n|\r/)
    rest = (lines.pop() ?? '') + rest.slice(whole)
    for (const text of lines) {
      number += 1
      if (text.trim() !== '') yield { text, number }
    }
  }
  for (const text of rest.split('\r')) {
    number += 1
    if (text.trim() !== '') yield { text, number }
  }
}

/** The first characters of a text file, for recognising it; in its own encoding where it has a mark. @throws AppError as `readPieces` */
export async function glimpse(file: string, purpose: Purpose = purposes.import, characters = 65_536): Promise<{ text: string; encoding: Encoding }> {
  await regularFile(file, purpose)
  const marked = await byteOrderMark(file)
  const { handle } = await openRegular(file)
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(characters), 0, characters)
    const bytes = buffer.subarray(0, bytesRead)
    if (marked !== null) return { text: new TextDecoder(marked).decode(bytes), encoding: marked }
    try {
      return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true }), encoding: 'utf-8' }
    } catch {
      return { text: new TextDecoder('windows-1252').decode(bytes), encoding: 'windows-1252' }
    }
  } finally {
    await handle.close()
  }
}

/** Pipes and devices would be read for ever. */
async function regularFile(file: string, { kept }: Purpose): Promise<{ size: number }> {
  const found = await within(answersWithin, file, stat(file)).catch((cause: unknown) => {
    if (cause instanceof AppError) throw cause
    const { code } = toReport(cause)
    throw new AppError(code === 'not-permitted' ? code : 'not-found', `${file} cannot be read.`, { kept, todo: 'Check the path.', cause })
  })
  if (found.isFile()) return { size: found.size }
  throw new AppError('bad-input', `${file} is no file.`, { kept, todo: 'Give a file.' })
}

async function byteOrderMark(file: string): Promise<'utf-16le' | 'utf-16be' | null> {
  const { handle } = await openRegular(file).catch((cause: unknown): { handle: FileHandle } => {
    if (cause instanceof AppError) throw cause
    throw new AppError('not-permitted', `${file} cannot be read.`, { todo: 'Check the permissions.', cause })
  })
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2)
    return markOf(buffer.subarray(0, bytesRead))
  } finally {
    await handle.close()
  }
}

function markOf(bytes: Uint8Array): 'utf-16le' | 'utf-16be' | null {
  return bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : null
}

/** The text of a small file that is read already; `name` is how errors call it. @throws AppError `bad-input` as `readPieces` */
export function decodeText(bytes: Uint8Array, name: string, { purpose, encoding }: Pick<TextReading, 'purpose' | 'encoding'>): string {
  const marked = encoding === undefined ? markOf(bytes) : null
  if (marked !== null) throw otherEncoding(name, marked, purpose)
  try {
    return new TextDecoder(encoding ?? 'utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw encoding === undefined ? otherEncoding(name, 'windows-1252', purpose, cause) : unusable(name, `it is not ${names[encoding]} text`, purpose, cause)
  }
}

function otherEncoding(file: string, encoding: Encoding, { kept }: Purpose, cause?: unknown): AppError {
  const seems = encoding === 'windows-1252' ? `it looks like ${names[encoding]}` : `it is ${names[encoding]} by its mark`
  return new AppError('bad-input', `${file}: it is not UTF-8 text; ${seems}.`, {
    kept,
    todo: `Save it as UTF-8, or say that it is to be converted from ${names[encoding]} (--encoding ${encoding}).`,
    ...(cause === undefined ? {} : { cause }),
  })
}
