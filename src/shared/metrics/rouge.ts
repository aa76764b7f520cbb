/** ROUGE-L with coco-caption's conventions: best precision and best recall over the references independently, β = 1.2. */
import type { WordSet } from './metric.ts'

const beta = 1.2

/** ROUGE-L of one candidate; tokens are word ids. Scratch memory is kept between calls. */
export class RougeL {
  #row = new Int32Array(64)

  score(candidate: ArrayLike<number>, references: readonly ArrayLike<number>[]): number {
    let precision = 0
    let recall = 0
    for (const reference of references) {
      const common = this.#longestCommonSubsequence(candidate, reference)
      precision = Math.max(precision, common / candidate.length)
      recall = Math.max(recall, common / reference.length)
    }
    if (precision === 0 || recall === 0) return 0
    return ((1 + beta * beta) * precision * recall) / (recall + beta * beta * precision)
  }

  #longestCommonSubsequence(a: ArrayLike<number>, b: ArrayLike<number>): number {
    if (this.#row.length <= b.length) this.#row = new Int32Array(2 * b.length + 1)
    const row = this.#row.fill(0, 0, b.length + 1)
    for (let i = 0; i < a.length; i++) {
      const word = a[i]
      let diagonal = 0
      for (let j = 0; j < b.length; j++) {
        const above = row[j + 1]
        if (word === b[j]) row[j + 1] = diagonal + 1
        else if (row[j] > above) row[j + 1] = row[j]
        diagonal = above
      }
    }
    return row[b.length]
  }
}

/** Tokens as ROUGE sees them: Python's `''.split(' ')` gives one empty word, so an empty caption has length 1. */
export function rougeTokens(tokens: readonly string[]): readonly string[] {
  return tokens.length === 0 ? [''] : tokens
}

/** One value an image. */
export function rougeRows({ images, index }: WordSet): Float64Array {
  const rouge = new RougeL()
  const ids = (tokens: readonly string[]): number[] => rougeTokens(tokens).map((token) => index.wordId(token))
  return Float64Array.from(images, ({ candidate, references }) => rouge.score(ids(candidate), references.map(ids)))
}
