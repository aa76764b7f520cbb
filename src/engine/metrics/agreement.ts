/** How far metrics put captions in the order that people do: each metric's score of rated captions beside the ratings. */
import { AppError } from '#shared/errors.ts'
import type { CaptionedImage } from './match-results.ts'
import type { BootstrapOptions } from './statistics/bootstrap.ts'
import { kendallIntervals, type RankAgreement } from './statistics/kendall.ts'
import type { MetricValues } from '#shared/metrics/summable.ts'

export interface RatedPair extends CaptionedImage {
  /** The photo that the caption was shown with. */
  photo: string
  ratings: readonly number[]
}

export interface RatedPairs {
  pairs: RatedPair[]
  /** Left out because the caption is one of the photo's own references: metrics would find it in what they judge by. */
  own: number
}

/**
 * Joins ratings with captions and references. A caption that is one of its photo's own references is left out, as published agreements do
 * (Anderson et al. 2016 leave 5,664 of Flickr8k-Expert's 5,822), unless `keepOwn`.
 * @throws AppError `bad-input` for a photo without references or a caption that is not there
 */
export function matchRatings(
  rated: readonly { photo: string; captionId: string; ratings: readonly number[]; place: string }[],
  captions: { byId: ReadonlyMap<string, string>; byPhoto: ReadonlyMap<string, readonly string[]> },
  { keepOwn = false }: { keepOwn?: boolean } = {},
): RatedPairs {
  const pairs: RatedPair[] = []
  let own = 0
  for (const { photo, captionId, ratings, place } of rated) {
    const candidate = captions.byId.get(captionId)
    const references = captions.byPhoto.get(photo)
    const missing = references === undefined ? `references of ${photo}` : candidate === undefined ? `caption ${captionId}` : null
    if (missing !== null) {
      throw new AppError('bad-input', `The captions hold no ${missing}, which ${place} of the ratings names.`, {
        kept: 'Nothing was scored.',
        todo: 'Give the token file that the ratings were made with.',
      })
    }
    if (!keepOwn && references?.includes(candidate ?? '')) own += 1
    else pairs.push({ id: pairs.length, photo, ratings, candidate: candidate ?? '', references: references ?? [] })
  }
  return { pairs, own }
}

/** Every metric's τ with the ratings, in the order given; each rating is a pair of its own, as in published agreements. Photos are resampled. */
export function agreements(
  pairs: readonly RatedPair[],
  perImage: ReadonlyMap<number | string, MetricValues>,
  metrics: readonly string[],
  options: BootstrapOptions = {},
): (RankAgreement & { metric: string })[] {
  return metrics.map((metric) => ({
    metric,
    ...kendallIntervals(
      pairs.flatMap(({ id, photo, ratings }) => ratings.map((rating) => ({ score: perImage.get(id)?.[metric] ?? 0, rating, group: photo }))),
      options,
    ),
  }))
}

/** How far one judge puts captions in the order of the others: what a metric cannot be asked to pass. Null with a single judge. */
export function judgesAgreement(pairs: readonly RatedPair[], options: BootstrapOptions = {}): RankAgreement | null {
  const among = pairs.flatMap(({ photo, ratings }) =>
    ratings.length < 2
      ? []
      : ratings.map((rating, judge) => ({
          rating,
          score: ratings.reduce((sum, other, index) => (index === judge ? sum : sum + other), 0) / (ratings.length - 1),
          group: photo,
        })),
  )
  return among.length === 0 ? null : kendallIntervals(among, options)
}
