/** A text file beside each photo, one caption a line, in the folders of the photos. */
import type { DatasetWriter, WrittenPhoto } from './writer.ts'

/** `a/b.txt` for `a/b.jpg`; `a/b.jpg.txt` where another photo would have the same. */
export function sidecarNames(photos: readonly Pick<WrittenPhoto, 'fileName'>[]): string[] {
  const stems = photos.map(({ fileName }) => fileName.replace(/\.[^./]+$/, ''))
  const counts = new Map<string, number>()
  const files = new Set(photos.map(({ fileName }) => fileName.toLowerCase()))
  // Some file systems know no difference of case.
  for (const stem of stems) counts.set(stem.toLowerCase(), (counts.get(stem.toLowerCase()) ?? 0) + 1)
  return photos.map(({ fileName }, index) => {
    const stem = stems[index].toLowerCase()
    return `${(counts.get(stem) ?? 0) > 1 || files.has(stem) ? fileName : stems[index]}.txt`
  })
}

export const sidecarWriter: DatasetWriter = {
  kind: 'folder',
  *entries(photos) {
    const names = sidecarNames(photos)
    for (const [index, { captions }] of photos.entries()) {
      // A line is a caption: its own line ends become spaces.
      const lines = captions.map(({ text }) => text.replaceAll(/\s*[\r\n\u2028\u2029]+\s*/gu, ' '))
      yield { path: names[index], text: `${lines.join('\n')}\n` }
    }
  },
}
