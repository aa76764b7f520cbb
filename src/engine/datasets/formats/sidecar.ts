/** Texts beside photos, as trainers of image generators keep them: `a.txt` or `a.caption` (or `a.jpg.txt`) is of `a.jpg`. The file is one caption, or each of its lines is. */
import { readdir } from 'node:fs/promises'
import { dirname, extname, join, relative } from 'node:path'
import { readRegular } from '#engine/files/regular-file.ts'
import { fileOnDisk } from '#engine/files/packed/packed-path.ts'
import { AppError, sentence, toReport } from '#shared/errors.ts'
import type { DatasetFormat, DatasetReading } from '../format.ts'
import { filesBelow } from '../packed-files.ts'
import { isPhotoName, listPhotos } from '../photo-listing.ts'
import { portableName } from '../photo-paths.ts'
import { plainCaption, type DatasetItem } from '../record.ts'
import { decodeText } from '../text-file.ts'
import { captionsIn, largestText } from './texts.ts'

const ends = ['.txt', '.caption']

interface Beside {
  photo: string
  texts: string[]
}

/** The photos below a folder, in order of name, with the texts beside each. */
async function* photosWithTexts(folder: string, { purpose }: Pick<DatasetReading, 'purpose'>): AsyncGenerator<Beside | { photo: string; reason: string }> {
  const { paths, leftOut } = await listPhotos(folder, purpose)
  for (const { path, reason } of leftOut) yield { photo: path, reason }
  let inFolder = ''
  let names = new Set<string>()
  for (const photo of paths.sort()) {
    const parent = dirname(photo)
    if (parent !== inFolder) {
      inFolder = parent
      names = fileOnDisk(photo) === photo ? new Set(await readdir(parent)) : new Set() // in a tar file nothing lies beside it
    }
    const base = photo.slice(parent.length + 1)
    const stem = base.slice(0, base.length - extname(base).length)
    // `a.jpg.txt` beside `a.jpg` and `a.jpg.png` is of the first.
    const others = isPhotoName(stem) && names.has(stem)
    const found = ends.flatMap((end) => [...(others ? [] : [`${stem}${end}`]), `${base}${end}`]).filter((name) => names.has(name))
    yield { photo, texts: found.map((name) => join(parent, name)) }
  }
}

async function* read(folder: string, reading: DatasetReading): AsyncGenerator<DatasetItem> {
  if (reading.captionIs === undefined) await requireAnswer(folder, reading)
  for await (const found of photosWithTexts(folder, reading)) {
    if (reading.signal?.aborted) throw cancelled(reading)
    const fileName = portableName(relative(folder, found.photo))
    const place = fileName
    if ('reason' in found) {
      yield { kind: 'left-out', place, reason: found.reason }
      continue
    }
    yield { kind: 'photo', fileName, id: null, split: null, tags: [], size: null, place }
    for (const path of found.texts) {
      const name = portableName(relative(folder, path))
      try {
        const captions = captionsIn(decodeText(await readRegular(path, largestText), name, reading), reading)
        if (captions.length === 0) yield { kind: 'left-out', place: name, reason: 'The text is empty.' }
        for (const caption of captions) yield { kind: 'caption', photo: { fileName, id: null }, caption: plainCaption(caption), place: name }
      } catch (cause) {
        yield { kind: 'left-out', place: name, reason: sentence(toReport(cause)) }
      }
    }
  }
}

/** How many captions there would be, the one way and the other. */
export async function countSidecars(folder: string, reading: DatasetReading): Promise<{ files: number; lines: number }> {
  const counts = { files: 0, lines: 0 }
  for await (const found of photosWithTexts(folder, reading)) {
    if (reading.signal?.aborted) throw cancelled(reading)
    for (const path of 'reason' in found ? [] : found.texts) {
      // One that cannot be read is told when it is its turn.
      const text = await readRegular(path, largestText)
        .then((bytes) => decodeText(bytes, path, reading))
        .catch(() => '')
      const lines = captionsIn(text, { captionIs: 'line' }).length
      counts.files += lines > 0 ? 1 : 0
      counts.lines += lines
    }
  }
  return counts
}

/** @throws AppError `bad-input` where files have several lines and nobody said what one caption is */
async function requireAnswer(folder: string, reading: DatasetReading): Promise<void> {
  const { files, lines } = await countSidecars(folder, reading)
  if (files === lines) return
  throw new AppError('bad-input', `The ${files} text files hold ${lines} lines: are they ${files} captions, one a file, or ${lines}, one a line?`, {
    kept: reading.purpose.kept,
    todo: 'Say what one caption is (on the command line with --caption-is file or --caption-is line).',
  })
}

function cancelled({ purpose }: DatasetReading): AppError {
  return new AppError('cancelled', 'Reading was cancelled.', { kept: purpose.kept })
}

export const sidecar: DatasetFormat = {
  id: 'sidecar',
  title: 'text files beside photos',
  extensions: [],
  holdsPhotos: () => true,
  looksLike: () => false,
  async looksLikeFolder(folder) {
    const photos = new Set<string>()
    const texts = new Set<string>()
    for await (const { folder: inside, name } of filesBelow(folder)) {
      const end = extname(name)
      const stem = join(inside, name.slice(0, name.length - end.length))
      const [own, others] = isPhotoName(name) ? [photos, texts] : ends.includes(end) ? [texts, photos] : []
      if (others?.has(stem) || (own === photos && texts.has(join(inside, name)))) return true
      own?.add(stem)
      if (own === photos) own.add(join(inside, name)) // `a.jpg.txt`
    }
    return false
  },
  read,
}
