/** Flickr8k's and Flickr30k's token files (Hodosh et al. 2013): `name.jpg#0<TAB>caption`, one caption a line. */
import { basename } from 'node:path'
import type { DatasetFormat } from '../format.ts'
import { unusable } from '../purpose.ts'
import { plainCaption, type DatasetItem } from '../record.ts'
import { readLines, type TextReading } from '../text-file.ts'

// A name may hold a `#`; the number is what stands before the tab.
const linePattern = /^(([^\t]+?)#\d+)\t(.*)$/su

/** A caption of a token file. */
export interface NumberedCaption {
  /** `file#number`, which other files of the set name it by. */
  id: string
  fileName: string
  text: string
  place: string
}

/** A token file's captions with the numbers that it gives them. @throws AppError `bad-input` naming the line at fault */
export async function* readNumberedCaptions(file: string, reading: TextReading): AsyncGenerator<NumberedCaption> {
  for await (const { text, number } of readLines(file, reading)) {
    const place = `line ${number}`
    const match = linePattern.exec(text)
    if (match === null) throw unusable(`${basename(file)}, ${place}`, 'expected “file#number<tab>caption”', reading.purpose)
    yield { id: match[1], fileName: match[2], text: match[3], place }
  }
}

async function* read(file: string, reading: TextReading): AsyncGenerator<DatasetItem> {
  for await (const { fileName, text, place } of readNumberedCaptions(file, reading)) {
    yield { kind: 'caption', photo: { fileName, id: null }, caption: plainCaption(text), place }
  }
}

export const flickr8k: DatasetFormat = {
  id: 'flickr8k',
  title: 'Flickr8k or Flickr30k captions',
  extensions: ['.txt', '.token'],
  looksLike: ({ text }) => linePattern.test(text.trimStart().split(/\r\n|\n|\r/, 1)[0]),
  read,
}
