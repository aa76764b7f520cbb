/** What occlusion found, in words. */
import type { CaptionAttention, CaptionOcclusion, OccludedWord } from '#shared/looking/looking.ts'
import { countOf, sure } from '../../format.ts'

type Removal = CaptionOcclusion['removal']

const takenAway: Record<Removal, string> = {
  hidden: 'one region is hidden',
  mean: 'one cell is replaced by the mean of all',
}
const placeNames: Record<Removal, string> = { hidden: 'region', mean: 'cell' }

/** What a word, or the whole caption, depends on most. */
export function dependence(word: CaptionAttention['words'][number] | null, { falls }: OccludedWord, removal: Removal): string {
  if (word === null) return `Bright: what words depend on, all together: how far they fall where ${takenAway[removal]}`
  const fall = Math.max(0, ...falls)
  const without = Math.max(0, word.probability - fall)
  if (sure(without) === sure(word.probability)) return `“${word.word}” stays as probable, ${sure(word.probability)}, whichever ${placeNames[removal]} is gone`
  return `Bright: what “${word.word}” depends on; it falls from ${sure(word.probability)} to at worst ${sure(without)} where ${takenAway[removal]}`
}

/** Kendall's τ in words; the limits are for reading, and no test. */
export function agreementOf({ agreement, falls }: OccludedWord, removal: Removal): string {
  const places = countOf(falls.length, placeNames[removal])
  if (agreement === null) return `Attention and occlusion cannot be compared over ${places}`
  const how = agreement >= 0.5 ? 'much alike' : agreement >= 0.2 ? 'somewhat alike' : agreement > -0.2 ? 'hardly alike' : 'the other way round'
  return `Attention and occlusion rank ${places} ${how} (Kendall’s τ ${agreement.toFixed(2).replace('-', '−')})`
}
