/** What a photo is by its first bytes, never by its name: drawings and documents that a decoder would also take are no photos. */

/** The media type, or undefined for what is no photo. */
export function photoTypeOf(bytes: Uint8Array): string | undefined {
  const text = String.fromCharCode(...bytes.subarray(0, 16))
  if (text.startsWith('\xff\xd8\xff')) return 'image/jpeg'
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png'
  if (text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP') return 'image/webp'
  if (text.startsWith('GIF87a') || text.startsWith('GIF89a')) return 'image/gif'
  if (text.startsWith('BM')) return 'image/bmp'
  if (/^(?:II[*+]\0|MM\0[*+])/.test(text)) return 'image/tiff'
  if (text.slice(4, 8) !== 'ftyp') return undefined
  const brand = text.slice(8, 12)
  return /^avi[fs]$/.test(brand) ? 'image/avif' : /^(?:hei[cxms]|hev[cxms]|mif1|msf1)$/.test(brand) ? 'image/heif' : undefined
}

/** Types that the window shows as they are. */
export const shownTypes: ReadonlySet<string> = new Set(['image/jpeg', 'image/png', 'image/webp', 'image/gif', 'image/bmp', 'image/avif'])
