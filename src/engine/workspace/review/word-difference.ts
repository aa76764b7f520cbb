/** What a correction changed, word by word. */
import { tokenDiff, wordsOf, type TokenChange } from '#shared/token-diff.ts'

// Beyond this a shortest difference would take minutes and tell nobody anything.
const longestCompared = 2000

export function wordDifference(before: string, after: string): TokenChange[] {
  if (wordsOf(after).length <= longestCompared && wordsOf(before).length <= longestCompared) return tokenDiff(before, after)
  return [
    { kind: 'deleted', words: wordsOf(before) },
    { kind: 'inserted', words: wordsOf(after) },
  ]
}
