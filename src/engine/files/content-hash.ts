/** What identifies a file, wherever it lies: the SHA-256 of its bytes. Photos are known by it. */
import { createHash } from 'node:crypto'
import { pipeline } from 'node:stream/promises'
import { openRegular } from './regular-file.ts'

/** SHA-256 of bytes in memory, as 64 hexadecimal digits. */
export function hashBytes(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** SHA-256 of a file, read as a stream. */
export async function hashFile(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256')
  const { handle } = await openRegular(path)
  await pipeline(handle.createReadStream(), hash, signal ? { signal } : {})
  return hash.digest('hex')
}
