/** Which corrections taught: the errors and words of held-out corrections, before and after, and the photos that got worse. */
import type { Lesson, TeachingReport } from '#shared/fine-tuning.ts'
import { tokenizeFor } from '#engine/text/vocabulary.ts'
import type { FineTuning } from './fine-tune.ts'
import type { GatedRun } from './gated-run.ts'

/** Words listed at most. */
const mostWords = 30
const mostWorse = 12

/**
 * @param learned corrections that were learned from, by image
 * @param errors error types of corrected images, where a person named any
 */
export function teachingReport(
  { judged, start: { vocabulary } }: Pick<FineTuning, 'judged' | 'start'>,
  { before, after }: GatedRun['corrections'],
  learned: ReadonlyMap<number, readonly string[]>,
  errors: ReadonlyMap<number, readonly string[]>,
): TeachingReport {
  const wordsOf = (texts: readonly string[]): Set<string> => new Set(texts.flatMap((text) => tokenizeFor(vocabulary, text)))
  const heldOut = judged.slice(0, before.texts.length).map(({ imageId, references }, place) => ({
    imageId,
    correction: references[0],
    words: wordsOf(references),
    said: { before: wordsOf([before.texts[place]]), after: wordsOf([after.texts[place]]) },
    scores: { before: before.scores[place], after: after.scores[place] },
    errors: errors.get(imageId) ?? [],
    texts: { before: before.texts[place], after: after.texts[place] },
  }))
  const learnedErrors = counted([...learned.keys()].map((imageId) => errors.get(imageId) ?? []))
  const learnedWords = counted([...learned.values()].map((texts) => [...wordsOf(texts)]))
  const errorTypes = lessonsOf(
    learnedErrors,
    (name) => heldOut.filter((photo) => photo.errors.includes(name)),
    ({ scores }) => scores,
  )
  const words = lessonsOf(
    learnedWords,
    (name) => heldOut.filter((photo) => photo.words.has(name)),
    ({ said }, name) => ({ before: Number(said.before.has(name)), after: Number(said.after.has(name)) }),
  )
  const weight = ({ before: from, after: to, photos }: Lesson): number => Math.abs(to - from) * photos
  return {
    errorTypes: errorTypes.sort((a, b) => b.corrections - a.corrections),
    words: words
      .filter((lesson) => lesson.before !== lesson.after)
      .sort((a, b) => weight(b) - weight(a) || (a.name < b.name ? -1 : 1))
      .slice(0, mostWords),
    worse: heldOut
      .map(({ imageId, texts, correction, scores }) => ({ imageId, ...texts, correction, difference: scores.after - scores.before }))
      .filter(({ difference }) => difference < 0)
      .sort((a, b) => a.difference - b.difference)
      .slice(0, mostWorse),
  }
}

function lessonsOf<Photo>(
  learned: ReadonlyMap<string, number>,
  photosOf: (name: string) => readonly Photo[],
  measure: (photo: Photo, name: string) => { before: number; after: number },
): Lesson[] {
  return [...learned].flatMap(([name, corrections]) => {
    const measured = photosOf(name).map((photo) => measure(photo, name))
    if (measured.length === 0) return []
    const meanOf = (side: 'before' | 'after'): number => measured.reduce((sum, each) => sum + each[side], 0) / measured.length
    return [{ name, corrections, photos: measured.length, before: meanOf('before'), after: meanOf('after') }]
  })
}

function counted(lists: readonly (readonly string[])[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const name of lists.flat()) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}
