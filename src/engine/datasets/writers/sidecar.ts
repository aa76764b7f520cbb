/** A text file beside each photo, one caption a line, in the folders of the photos. */
import type { DatasetWriter, WrittenPhoto } from './writer.ts'

/** `a/b.txt` for `a/b.jpg`; `a/b.jpg.txt` where another photo would have the same. */
export function sidecarNames(photos: Iterable<Pick<WrittenPhoto, 'fileName'>>): (fileName: string) => string {
  const stemOf = (fileName: string): string => fileName.replace(/\.[^./]+$/, '')
  const counts = new Map<string, number>()
  const files = new Set<string>()
  // Some file systems know no difference of case.
  for (const { fileName } of photos) {
    const stem = stemOf(fileName).toLowerCase()
    counts.set(stem, (counts.get(stem) ?? 0) + 1)
    files.add(fileName.toLowerCase())
  }
  return (fileName) => {
    const stem = stemOf(fileName).toLowerCase()
    return `${(counts.get(stem) ?? 0) > 1 || files.has(stem) ? fileName : stemOf(fileName)}.txt`
  }
}

export const sidecarWriter: DatasetWriter = {
  kind: 'folder',
  *entries(photos) {
    const nameOf = sidecarNames(photos)
    for (const { fileName, captions } of photos) {
      // A line is a caption: its own line ends become spaces.
      const lines = captions.map(({ text }) => text.replaceAll(/\s*[\r\n\u2028\u2029]+\s*/gu, ' '))
      yield { path: nameOf(fileName), text: [`${lines.join('\n')}\n`] }
    }
  },
}
