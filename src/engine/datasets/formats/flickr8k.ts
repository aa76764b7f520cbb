/** Flickr8k's and Flickr30k's token files (Hodosh et al. 2013): `name.jpg#0<TAB>caption`, one caption a line. */
import { basename } from 'node:path'
import type { DatasetFormat } from '../format.ts'
import { unusable } from '../purpose.ts'
import { plainCaption, type DatasetItem } from '../record.ts'
import { readLines, type TextReading } from '../text-file.ts'

// A name may hold a `#`; the number is what stands before the tab.
const linePattern = /^([^\t]+?)#\d+\t(.*)$/su

async function* read(file: string, reading: TextReading): AsyncGenerator<DatasetItem> {
  for await (const { text, number } of readLines(file, reading)) {
    const place = `line ${number}`
    const match = linePattern.exec(text)
    if (match === null) throw unusable(`${basename(file)}, ${place}`, 'expected “file#number<tab>caption”', reading.purpose)
    yield { kind: 'caption', photo: { fileName: match[1], id: null }, caption: plainCaption(match[2]), place }
  }
}

export const flickr8k: DatasetFormat = {
  id: 'flickr8k',
  title: 'Flickr8k or Flickr30k captions',
  extensions: ['.txt', '.token'],
  looksLike: ({ text }) => linePattern.test(text.trimStart().split(/\r\n|\n|\r/, 1)[0]),
  read,
}
