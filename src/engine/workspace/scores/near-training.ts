/** What a captioner may have learned a caption from: the training captions that say most of the same, one a photo. */
import type { NearCaption } from '#shared/looking/near-captions.ts'
import { builtInFunctionWords } from '#engine/metrics/meteor/built-in-function-words.ts'
import { trainingImagesLike } from '../repositories/image-text.ts'
import { referenceTexts } from '../repositories/references.ts'
import { prepared, type Database } from '../storage/database.ts'
import { scoringTokens } from './tokens.ts'

/** Photos whose captions are compared word by word. */
const compared = 200
const told = 5

/** The nearest first; those that share no word are left out, and so is the photo itself. */
export function nearTraining(database: Database, imageId: number, text: string): NearCaption[] {
  const own = new Set(scoringTokens(text))
  const letters = [
    ...new Set(
      text
        .normalize('NFC')
        .toLowerCase()
        .match(/[\p{L}\p{N}]+/gu),
    ),
  ]
  const telling = letters.filter((word) => !builtInFunctionWords.has(word))
  const likely = trainingImagesLike(database, telling.length === 0 ? letters : telling, imageId, compared)
  const nearest = [...referenceTexts(database, likely)].map(([id, texts]) => ({ imageId: id, ...nearestOf(own, texts) }))
  const nameOf = prepared<[number], string>(database, 'SELECT file_name FROM image WHERE id = ?').pluck()
  return nearest
    .filter(({ overlap }) => overlap > 0)
    .sort((one, other) => other.overlap - one.overlap || one.imageId - other.imageId)
    .slice(0, told)
    .map((near) => ({ ...near, fileName: nameOf.get(near.imageId) ?? '' }))
}

/** The nearest of a photo's captions, the first of equals. */
function nearestOf(own: ReadonlySet<string>, texts: readonly string[]): Pick<NearCaption, 'text' | 'overlap' | 'lacks'> {
  let nearest = { text: '', overlap: -1, lacks: [] as string[] }
  for (const text of texts) {
    const words = new Set(scoringTokens(text))
    const lacks = [...own].filter((word) => !words.has(word))
    const shared = own.size - lacks.length
    const overlap = shared / Math.max(1, words.size + lacks.length)
    if (overlap > nearest.overlap) nearest = { text, overlap, lacks }
  }
  return nearest
}
