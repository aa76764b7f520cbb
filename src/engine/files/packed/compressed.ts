/** Compressed files: nothing in them can be read in place, and nobody should be told that they are damaged. */
import { openRegular } from '../regular-file.ts'

/** How such files begin, and what people call them. */
const beginnings = [
  { name: 'gzip', bytes: [0x1f, 0x8b] },
  { name: 'zip', bytes: [0x50, 0x4b, 0x03, 0x04] },
  { name: 'bzip2', bytes: [0x42, 0x5a, 0x68] },
  { name: 'xz', bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a] },
  { name: 'Zstandard', bytes: [0x28, 0xb5, 0x2f, 0xfd] },
  { name: '7z', bytes: [0x37, 0x7a, 0xbc, 0xaf] },
] as const

/** What a file is compressed with, by its content; null for other files. @throws as `openRegular` */
export async function compressionOf(path: string): Promise<string | null> {
  const { handle } = await openRegular(path)
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(8), 0, 8, 0)
    const found = beginnings.find(({ bytes }) => bytesRead >= bytes.length && bytes.every((byte, index) => buffer[index] === byte))
    return found?.name ?? null
  } finally {
    await handle.close()
  }
}

/** Whether a file is a compressed tar file by its name. */
export function isCompressedTar(name: string): boolean {
  return /\.(?:tar\.(?:gz|bz2|xz|zst)|tgz|tbz2?|txz|tzst)$/i.test(name)
}

/** Why a compressed tar file is left out where tar files are read. */
export const compressedTarReason =
  'It is a compressed tar file, and photos in it cannot be read in place: unpack it, and import the folder or the .tar file that comes out.'
