/**
 * What people said of captions, in the layout of Flickr8k-Expert (Hodosh et al. 2013): `photo.jpg<TAB>other.jpg#2<TAB>1<TAB>2<TAB>1`, a photo, a caption of
 * the token file by its photo and number, and what each judge gave it.
 */
import { basename } from 'node:path'
import { readNumberedCaptions } from './formats/flickr8k.ts'
import { purposes, unusable } from './purpose.ts'
import { readLines } from './text-file.ts'

/** A caption shown with a photo, and the judges' ratings of the two. */
export interface RatedCaption {
  photo: string
  /** `file#number`, as the token file writes it. */
  captionId: string
  ratings: number[]
  /** `line 12`, for whoever has to find it. */
  place: string
}

const purpose = purposes.scoring
const captionPattern = /#\d+$/u

/**
 * Reads the ratings of a file, in its order.
 * @throws AppError `not-found`, `not-permitted`, or `bad-input` naming the line at fault
 */
export async function readRatings(file: string): Promise<RatedCaption[]> {
  const rated: RatedCaption[] = []
  const name = basename(file)
  for await (const { text, number } of readLines(file, { purpose })) {
    const place = `line ${number}`
    const [photo, captionId, ...numbers] = text.split('\t').map((part) => part.trim())
    const ratings = numbers.map(Number)
    if (
      photo === '' ||
      !captionPattern.test(captionId ?? '') ||
      ratings.length === 0 ||
      !ratings.every((each, i) => numbers[i] !== '' && Number.isFinite(each))
    ) {
      throw unusable(`${name}, ${place}`, 'expected “photo<tab>file#number<tab>rating<tab>rating…”', purpose)
    }
    rated.push({ photo, captionId, ratings, place })
  }
  if (rated.length === 0) throw unusable(name, 'it holds no rating', purpose)
  return rated
}

/** The captions of Flickr8k's token file by `file#number`, and each photo's own. */
export interface TokenFile {
  byId: ReadonlyMap<string, string>
  byPhoto: ReadonlyMap<string, readonly string[]>
}

/**
 * Reads a token file (`photo.jpg#0<TAB>caption`) with the numbers of its captions.
 * @throws AppError `not-found`, `not-permitted`, or `bad-input` naming the line at fault
 */
export async function readTokenFile(file: string): Promise<TokenFile> {
  const byId = new Map<string, string>()
  const byPhoto = new Map<string, string[]>()
  for await (const { id, fileName, text } of readNumberedCaptions(file, { purpose })) {
    byId.set(id, text)
    const known = byPhoto.get(fileName)
    if (known === undefined) byPhoto.set(fileName, [text])
    else known.push(text)
  }
  return { byId, byPhoto }
}
