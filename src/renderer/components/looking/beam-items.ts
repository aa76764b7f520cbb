/** A beam's tree as rows that are walked along. */
import type { BeamTree, BeamWord } from '#shared/looking/looking.ts'
import { assertNever } from '#shared/errors.ts'
import { titleOfWord } from './chosen-word.ts'

export interface BeamItem {
  /** Its place below each of those above it. */
  key: string
  title: string
  probability: number
  sum: number
  fate: BeamWord['fate']
  /** What became of it, in words; empty where it just goes on. */
  outcome: string
  /** The best caption leads through it. */
  best: boolean
  /** Absent where nothing follows. */
  children?: BeamItem[]
}

function outcomeOf({ fate, rank }: BeamWord): string {
  switch (fate) {
    case 'goes-on':
      return ''
    case 'ended':
    case 'cut': {
      const how = fate === 'cut' ? ', cut at the longest length' : ''
      return rank === null ? `ended behind better ones${how}` : rank === 0 ? `the best${how}` : `number ${rank + 1}${how}`
    }
    case 'stopped':
      return 'kept, but could not win any more'
    case 'dropped':
      return 'dropped'
    default:
      return assertNever(fate)
  }
}

/** All rows, or those that were kept. */
export function beamItems({ firstWords }: BeamTree, withDropped: boolean): BeamItem[] {
  const itemOf = (word: BeamWord, place: number, above: string): BeamItem => {
    const key = `${above}${place}`
    const children = itemsOf(word.children, `${key}.`)
    const best = word.rank === 0 || children.some((child) => child.best)
    const item = { key, title: titleOfWord(word), probability: word.probability, sum: word.sum, fate: word.fate, outcome: outcomeOf(word), best }
    return children.length === 0 ? item : { ...item, children }
  }
  // Places count all, so that a row's key stays when others are hidden.
  const itemsOf = (words: readonly BeamWord[], above: string): BeamItem[] =>
    words.map((word, place) => itemOf(word, place, above)).filter(({ fate }) => withDropped || fate !== 'dropped')
  return itemsOf(firstWords, '')
}

/** The rows above the end of the best caption. */
export function keysOfBest(items: readonly BeamItem[]): string[] {
  return items.flatMap((item) => (item.best && item.children !== undefined ? [item.key, ...keysOfBest(item.children)] : []))
}
