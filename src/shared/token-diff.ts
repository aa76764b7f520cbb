/** What an annotator did to a candidate, word by word. */
import { diffArrays } from 'diff'

export type TokenChange = { kind: 'same' | 'inserted' | 'deleted'; words: string[] }

/** The words of a caption: split at white space, nothing else is touched. */
export function wordsOf(text: string): string[] {
  return text.split(/\s+/u).filter((word) => word !== '')
}

/**
 * The shortest way from one caption to another as runs of words kept, inserted and deleted, in reading order.
 * A replaced stretch comes as its deletion followed by its insertion. Case and punctuation count.
 */
export function tokenDiff(before: string, after: string): TokenChange[] {
  const changes = diffArrays(wordsOf(before), wordsOf(after)).map((part): TokenChange => ({
    kind: part.added ? 'inserted' : part.removed ? 'deleted' : 'same',
    words: part.value,
  }))
  return deletionsFirst(changes)
}

/** How many words were inserted and deleted. */
export function countChanges(changes: readonly TokenChange[]): { inserted: number; deleted: number } {
  const count = (kind: TokenChange['kind']): number => changes.reduce((sum, change) => (change.kind === kind ? sum + change.words.length : sum), 0)
  return { inserted: count('inserted'), deleted: count('deleted') }
}

/** The text that differs from a caption in the fewest words, case and final stop apart: the quickest correction there is. Null of none. */
export function closestText<Text extends { text: string }>(texts: readonly Text[], caption: string): Text | null {
  const plain = (text: string): string =>
    text
      .trim()
      .replace(/[.!?]+$/u, '')
      .toLowerCase()
  const cost = ({ text }: Text): number => {
    const { inserted, deleted } = countChanges(tokenDiff(plain(caption), plain(text)))
    return inserted + deleted
  }
  return texts.reduce<Text | null>((best, one) => (best === null || cost(one) < cost(best) ? one : best), null)
}

function deletionsFirst(changes: TokenChange[]): TokenChange[] {
  const ordered = [...changes]
  for (let index = 0; index + 1 < ordered.length; index += 1) {
    const here = ordered[index]
    const next = ordered[index + 1]
    if (here !== undefined && next !== undefined && here.kind === 'inserted' && next.kind === 'deleted') {
      ordered[index] = next
      ordered[index + 1] = here
    }
  }
  return ordered
}
