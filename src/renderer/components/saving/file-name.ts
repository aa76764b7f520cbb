/** A name that every system takes for a file's. */
export function fileNameOf(name: string): string {
  const words = name.normalize('NFC').match(/[\p{L}\p{N}._-]+/gu) ?? []
  return (
    words
      .join('-')
      .slice(0, 100)
      .replace(/^[.-]+/, '') || 'report'
  )
}
