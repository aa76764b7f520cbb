/** The n-grams of an index in the order of their texts, without making all of the texts: a table of COCO's captions has a million. */
import type { NgramIndex } from '#shared/metrics/ngrams.ts'

/** Ids of all n-grams, sorted as their texts are by code units. */
export function ngramsInOrder(index: NgramIndex): Int32Array {
  const words = Array.from({ length: index.wordCount }, (_, word) => index.wordText(word))
  // Words before words is texts before texts, since the space between words is before every letter; but not before control characters.
  if (words.some((word) => /[\0-\x1f]/.test(word)))
    return Int32Array.from({ length: index.size }, (_, id) => id).sort((a, b) => (index.text(a) < index.text(b) ? -1 : 1))
  const byText = Int32Array.from(words, (_, word) => word).sort((a, b) => (words[a] < words[b] ? -1 : 1))
  const rank = new Int32Array(words.length)
  for (const [place, word] of byText.entries()) rank[word] = place
  const byLastWord = bucketed(index.size, words.length, (id) => rank[index.lastWordOf(id)])
  // Of each prefix its n-grams one after another, in the order of their last words; those of one word first.
  const byPrefix = bucketed(index.size, index.size + 1, (place) => index.prefixOf(byLastWord.order[place]) + 1)
  const order = new Int32Array(index.size)
  let filled = 0
  const visit = (prefix: number): void => {
    for (let place = byPrefix.starts[prefix + 1]; place < byPrefix.starts[prefix + 2]; place += 1) {
      const id = byLastWord.order[byPrefix.order[place]]
      order[filled] = id
      filled += 1
      visit(id)
    }
  }
  visit(-1)
  return order
}

/** 0 … size − 1 sorted by small keys, equal ones in their order, and where the values of each key begin. */
function bucketed(size: number, keys: number, keyOf: (value: number) => number): { order: Int32Array; starts: Int32Array } {
  const starts = new Int32Array(keys + 1)
  for (let value = 0; value < size; value += 1) starts[keyOf(value) + 1] += 1
  for (let key = 0; key < keys; key += 1) starts[key + 1] += starts[key]
  const next = starts.slice()
  const order = new Int32Array(size)
  for (let value = 0; value < size; value += 1) {
    const key = keyOf(value)
    order[next[key]] = value
    next[key] += 1
  }
  return { order, starts }
}
