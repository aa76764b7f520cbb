/** Reviews scenes as a careful team would: what is true is accepted, what is wrong gets the closest true sentence. The scenes are known, so the mistakes are real. */
import { checkCaption, type SceneFault } from '#engine/scenes/check-caption.ts'
import type { Scene } from '#engine/scenes/compose.ts'
import type { WorkspaceService } from '#engine/workspace/service.ts'
import type { ErrorType } from '#shared/domain.ts'
import { closestText } from '#shared/token-diff.ts'

const errorTypeOf: Record<SceneFault['kind'], ErrorType> = {
  hallucination: 'hallucination',
  count: 'count',
  colour: 'attribute',
  size: 'attribute',
  relation: 'relation',
  place: 'hallucination',
  omission: 'omission',
}

/** The error types of a caption's faults; a thing taken for another is a wrong object, not one too many and one too few. */
export function errorTypesOf(faults: readonly SceneFault[]): ErrorType[] {
  const kinds = new Set(faults.map(({ kind }) => kind))
  const mistaken = kinds.has('hallucination') && kinds.has('omission')
  const types = [...kinds].flatMap((kind): ErrorType[] => (mistaken && (kind === 'hallucination' || kind === 'omission') ? ['object'] : [errorTypeOf[kind]]))
  return [...new Set(types)]
}

export interface ReviewCounts {
  corrected: number
  accepted: number
}

/** Decides about the images whose scenes are given, in order. */
export async function reviewScenes(service: WorkspaceService, scenes: ReadonlyMap<number, Scene>): Promise<ReviewCounts> {
  const counts: ReviewCounts = { corrected: 0, accepted: 0 }
  for (const [imageId, scene] of scenes) {
    const {
      candidates,
      references,
      captions: [review],
    } = await service.call('images.get', { imageId })
    const [best] = candidates
    if (best === undefined) continue
    const faults = checkCaption(scene, best.text)
    const rating = Math.max(1, 5 - faults.length)
    const correction = closestText(references, best.text)
    if (faults.length === 0) {
      await service.call('review.decide', { imageId, slot: 0, expectedRevision: review.revision, decision: { kind: 'accept', candidateId: best.id, rating } })
      counts.accepted += 1
    } else if (correction !== null) {
      const decision = { kind: 'correct', candidateId: best.id, text: correction.text, errorTypes: errorTypesOf(faults), rating } as const
      await service.call('review.decide', { imageId, slot: 0, expectedRevision: review.revision, decision })
      counts.corrected += 1
    }
  }
  return counts
}
