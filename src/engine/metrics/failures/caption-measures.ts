/** What every scored caption is measured by, one image at a time: what histograms, words and objects of Failures are put together from. */
import { closestLength } from '#shared/metrics/bleu.ts'
import { CiderScorer, ciderVector } from '#shared/metrics/cider.ts'
import type { DocumentFrequency } from '#shared/metrics/document-counter.ts'
import { idfFromTable } from '#shared/metrics/inverse-document-frequency.ts'
import { NgramIndex, splitWords } from '#shared/metrics/ngrams.ts'
import type { CaptionMeasures } from '#shared/slices/measures.ts'
import type { ImageToScore } from '../score-corpus.ts'
import type { ImageObjects } from './chair.ts'
import type { ImageFailures } from './failures.ts'

/** Measures one caption; `rare` says which words training hardly holds, null where training is not known. */
export function captionMeasures(
  { candidate, references }: ImageToScore,
  { missedWords }: ImageFailures,
  objects: ImageObjects | undefined,
  { rare, agreement }: { rare: ((word: string) => boolean) | null; agreement: number | null },
): CaptionMeasures {
  const closest = closestLength(candidate.length, references)
  const invented = new Set(objects?.hallucinated)
  return {
    words: candidate.length,
    brevity: closest === 0 ? null : candidate.length / closest,
    rareMissed: rare === null ? null : missedWords.filter(rare).length,
    agreement,
    said: [...new Set(candidate)],
    missed: missedWords,
    held: [...new Set(references.flat())],
    objects: (objects?.mentioned ?? []).map((name, place) => ({ name, term: objects?.terms[place] ?? name, invented: invented.has(name) })),
  }
}

/**
 * How far the references of each image agree: the mean CIDEr-D of each against the others, by a stored table: what a caption
 * could be expected to reach. Null of an image with a single reference.
 */
export function referenceAgreement(images: readonly Pick<ImageToScore, 'references'>[], table: DocumentFrequency): (number | null)[] {
  const index = new NgramIndex()
  const idf = idfFromTable(index, table)
  const scorer = new CiderScorer()
  return images.map(({ references }) => {
    if (references.length < 2) return null
    const counts = references.map((tokens) => index.count(splitWords(tokens)))
    const weights = idf.current()
    const vectors = counts.map((each) => ciderVector(each, weights))
    const against = vectors.map((one) => {
      const others = vectors.filter((other) => other !== one)
      return scorer.score(one, others, weights).damped
    })
    return against.reduce((sum, each) => sum + each, 0) / against.length
  })
}
