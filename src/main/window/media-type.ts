/** The media type of an image by its first bytes, never by its name. */
import { open } from 'node:fs/promises'

/** One of the types the window can show, or undefined. */
export async function mediaTypeOf(file: string): Promise<string | undefined> {
  const handle = await open(file, 'r')
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(16), 0, 16, 0)
    return typeOfBytes(buffer.subarray(0, bytesRead))
  } finally {
    await handle.close()
  }
}

function typeOfBytes(bytes: Buffer): string | undefined {
  const text = bytes.toString('latin1')
  if (text.startsWith('\xff\xd8\xff')) return 'image/jpeg'
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png'
  if (text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP') return 'image/webp'
  if (text.startsWith('GIF87a') || text.startsWith('GIF89a')) return 'image/gif'
  if (text.startsWith('BM')) return 'image/bmp'
  if (text.slice(4, 8) === 'ftyp' && /^(avif|avis)$/.test(text.slice(8, 12))) return 'image/avif'
  return undefined
}
