/** Candidates joined with references by image id alone. */
import type { ImageId } from '#shared/domain.ts'
import { AppError } from '#shared/errors.ts'

/** One image with its raw captions. */
export interface CaptionedImage {
  id: ImageId
  candidate: string
  references: readonly string[]
}

export interface Matched {
  images: CaptionedImage[]
  /** images with references that have no result */
  withoutResult: number
}

/**
 * Joins results with references by image id, in the order of the reference file, as coco-caption does. Images without a result are left
 * out and counted; the reverse is an error.
 * @throws AppError `bad-input` for a result whose image has no reference
 */
export function matchResults(references: { captions: ReadonlyMap<ImageId, string[]> }, results: ReadonlyMap<ImageId, string>): Matched {
  const foreign = [...results.keys()].filter((id) => !references.captions.get(id)?.length)
  if (foreign.length > 0) {
    const named = foreign.slice(0, 5).join(', ') + (foreign.length > 5 ? ', …' : '')
    const otherType = foreign.some((id) => references.captions.has(typeof id === 'number' ? String(id) : Number(id)))
    throw new AppError('bad-input', `${foreign.length} of ${results.size} results are of images without references: ${named}.`, {
      kept: 'Nothing was scored.',
      todo: otherType ? 'Write image ids alike in both files (numbers or strings).' : 'Check that the two files belong together.',
    })
  }
  const images: CaptionedImage[] = []
  let withoutResult = 0
  for (const [id, captions] of references.captions) {
    const candidate = results.get(id)
    if (candidate !== undefined) images.push({ id, candidate, references: captions })
    else if (captions.length > 0) withoutResult++
  }
  return { images, withoutResult }
}
