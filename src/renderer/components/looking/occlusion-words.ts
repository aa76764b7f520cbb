/** What occlusion found, in words. */
import type { CaptionAttention, CaptionOcclusion, OccludedWord } from '#shared/looking/looking.ts'
import { countOf, sure } from '../../format.ts'

type Removal = CaptionOcclusion['removal']

const takenAway: Record<Removal, string> = { hidden: 'hidden', mean: 'made the mean of all' }
const placeNames: Record<Removal, string> = { hidden: 'region', mean: 'cell' }

/** What a word, or the whole caption, depends on most. */
export function dependence(word: CaptionAttention['words'][number] | null, { falls }: OccludedWord, removal: Removal): string {
  const place = placeNames[removal]
  if (word === null) return `Bright: what the words depend on, all together (each ${place} in turn ${takenAway[removal]})`
  const without = Math.max(0, word.probability - Math.max(0, ...falls))
  if (sure(without) === sure(word.probability)) return `${sure(word.probability)} sure of “${word.word}”, whichever ${place} is ${takenAway[removal]}`
  return `${sure(word.probability)} sure of “${word.word}”, and ${sure(without)} without the brightest ${place} (${takenAway[removal]})`
}

/** Kendall's τ in words; the limits are for reading, and no test. */
export function agreementOf({ agreement, falls }: OccludedWord, removal: Removal): string {
  const places = countOf(falls.length, placeNames[removal])
  if (agreement === null) return `Attention and occlusion cannot be compared over ${places}`
  const how = agreement >= 0.5 ? 'much alike' : agreement >= 0.2 ? 'somewhat alike' : agreement > -0.2 ? 'hardly alike' : 'the other way round'
  // An encoder's cells see each other: taking one away leaves what its neighbours saw of it.
  const limit = removal === 'mean' ? '; the cells around one that is taken away have seen some of it' : ''
  return `Attention and occlusion: ${how} (Kendall’s τ ${agreement.toFixed(2).replace('-', '−')} over ${places})${limit}`
}
