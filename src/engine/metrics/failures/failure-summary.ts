/** The failures of a scored set in the form that a workspace keeps: the kinds that each image shows, and the set's measures. */
import type { FailureKind, FailureSummary } from '#shared/failures.ts'
import type { CaptionMeasures } from '#shared/slices/measures.ts'
import type { DocumentFrequency } from '#shared/metrics/document-counter.ts'
import { captionMeasures, referenceAgreement } from './caption-measures.ts'
import { chair } from './chair.ts'
import type { ImageId } from '#shared/domain.ts'
import { failureReport, scoreByLength, type ImageFailures, type TrainingCaptions } from './failures.ts'
import type { ImageToScore } from '../score-corpus.ts'

/** Fewer or more words than these shares of the references' mean length are too few or too many. */
const shortShare = 0.6
const longShare = 1.6
/** A word that occurs at most so often is rare. */
const rareWord = 10
const mostClasses = 20

export interface SetFailures {
  summary: FailureSummary
  /** images without a failure have an empty list */
  perImage: Map<ImageId, FailureKind[]>
  measures: Map<ImageId, CaptionMeasures>
}

/** Measures tokenized images; `cider` holds their scores, `training` the captions that a model learned from, `objects` what a data set annotated. */
export function setFailures(
  images: readonly ImageToScore[],
  {
    cider,
    training,
    objects: annotated,
    documentFrequency,
  }: {
    cider: ReadonlyMap<ImageId, number>
    training?: TrainingCaptions | undefined
    objects?: ReadonlyMap<ImageId, ReadonlySet<string>> | undefined
    documentFrequency?: DocumentFrequency | undefined
  },
): SetFailures {
  const report = failureReport(images, training)
  const objects = chair(images, annotated)
  const rare = (word: string): boolean => training !== undefined && (training.wordCounts.get(word) ?? 0) <= rareWord
  const agreements = documentFrequency === undefined ? [] : referenceAgreement(images, documentFrequency)
  const measures = new Map<ImageId, CaptionMeasures>()
  images.forEach((image, place) => {
    const failures = report.perImage.get(image.id)
    if (failures === undefined) return
    const known = { rare: training === undefined ? null : rare, agreement: agreements[place] ?? null }
    measures.set(image.id, captionMeasures(image, failures, objects.perImage.get(image.id), known))
  })
  const perImage = new Map<ImageId, FailureKind[]>()
  for (const [id, failures] of report.perImage) {
    const invented = (objects.perImage.get(id)?.hallucinated.length ?? 0) > 0
    perImage.set(id, [...(invented ? ['invented-object' as const] : []), ...kindsOf(failures, rare)])
  }
  const { perImage: _failures, length, repeatedWordShare: _word, repeatedTrigramShare: _trigram, badEndingShare: _ending, rareWords, ...rest } = report
  const { chairI, chairS, mentions, basis, byClass } = objects
  return {
    perImage,
    measures,
    summary: {
      ...rest,
      kinds: countKinds(perImage, training !== undefined),
      length: {
        candidateMean: length.candidateMean,
        referenceMean: length.referenceMean,
        brevityRatio: length.brevityRatio,
        cider: scoreByLength(images, cider),
      },
      rareWords: rareWords.map(({ least, most, words, recall }) => ({ least, most, words, recall })),
      chair: { chairI, chairS, mentions, basis, byClass: byClass.slice(0, mostClasses) },
    },
  }
}

function kindsOf(failures: ImageFailures, rare: (word: string) => boolean): FailureKind[] {
  if (failures.words === 0) return ['empty']
  const shown: Partial<Record<FailureKind, boolean>> = {
    'missed-rare-word': failures.missedWords.some(rare),
    'repeated-word': failures.repeatedWord,
    'repeated-trigram': failures.repeatedTrigram,
    'bad-ending': failures.badEnding,
    short: failures.relativeLength < shortShare,
    long: failures.relativeLength > longShare,
    copied: failures.novel === false,
  }
  return (Object.keys(shown) as FailureKind[]).filter((kind) => shown[kind])
}

function countKinds(perImage: ReadonlyMap<ImageId, readonly FailureKind[]>, trained: boolean): FailureSummary['kinds'] {
  const counts: Record<FailureKind, number> = {
    'invented-object': 0,
    'missed-rare-word': 0,
    'repeated-word': 0,
    'repeated-trigram': 0,
    'bad-ending': 0,
    short: 0,
    long: 0,
    copied: 0,
    empty: 0,
  }
  for (const kinds of perImage.values()) for (const kind of kinds) counts[kind]++
  if (trained) return counts
  const { copied: _copied, 'missed-rare-word': _missed, ...known } = counts
  return known
}
