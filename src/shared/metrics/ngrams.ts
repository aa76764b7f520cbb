/**
 * n-grams of orders 1 to 4 as integers. An n-gram is its (n−1)-gram prefix and a last word, so one hash table of integer pairs holds
 * all orders, and counting a caption touches no string but its words.
 */

export const maximumOrder = 4

/** The n-grams of one caption. */
export interface NgramCounts {
  /** words in the caption */
  length: number
  /** distinct n-grams, all of order 1 first, then order 2, … */
  ids: number[]
  /** how often each of `ids` occurs */
  counts: number[]
  /** where each order starts in `ids`, and the end: maximumOrder + 1 numbers */
  starts: number[]
}

// Python's str.split(), which coco-caption's BLEU and CIDEr use, parts words at these characters.
const pythonWhitespace = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/

/** Words as BLEU and CIDEr see them: a token with an inner space (the no-break space of `2 1/2`) counts as two. */
export function splitWords(tokens: readonly string[]): readonly string[] {
  for (const token of tokens) {
    if (pythonWhitespace.test(token) || token === '') return tokens.flatMap((each) => each.split(pythonWhitespace)).filter(Boolean)
  }
  return tokens
}

const noPrefix = -1
const unknown = -1

/** Gives words and n-grams their ids, 0, 1, 2, … in order of first sight. */
export class NgramIndex {
  readonly #words = new Map<string, number>()
  readonly #wordTexts: string[] = []
  #slots = new Int32Array(1 << 12).fill(unknown)
  #prefixes = new Int32Array(1 << 11)
  #lastWords = new Int32Array(1 << 11)
  #seenAt = new Int32Array(1 << 11)
  #serial = 0
  #size = 0

  /** Number of n-grams known. */
  get size(): number {
    return this.#size
  }

  /** Number of words known. */
  get wordCount(): number {
    return this.#wordTexts.length
  }

  /** The id of a word, new if need be. */
  wordId(word: string): number {
    const known = this.#words.get(word)
    if (known !== undefined) return known
    this.#words.set(word, this.#wordTexts.length)
    return this.#wordTexts.push(word) - 1
  }

  /** The id of a word, or −1 if it never occurred. */
  findWord(word: string): number {
    return this.#words.get(word) ?? unknown
  }

  wordText(wordId: number): string {
    return this.#wordTexts[wordId]
  }

  /** The (n−1)-gram an n-gram starts with, −1 for a single word. An n-gram's prefix always has the smaller id. */
  prefixOf(ngramId: number): number {
    return this.#prefixes[ngramId]
  }

  lastWordOf(ngramId: number): number {
    return this.#lastWords[ngramId]
  }

  /** The words of an n-gram joined by spaces. */
  text(ngramId: number): string {
    const last = this.#wordTexts[this.#lastWords[ngramId]]
    const prefix = this.#prefixes[ngramId]
    return prefix === noPrefix ? last : `${this.text(prefix)} ${last}`
  }

  /** The id of prefix + word, or −1 if it never occurred. */
  find(prefix: number, wordId: number): number {
    return this.#slots[this.#slotOf(prefix, wordId)]
  }

  /** The id of prefix + word, new if need be. */
  add(prefix: number, wordId: number): number {
    const slot = this.#slotOf(prefix, wordId)
    const known = this.#slots[slot]
    if (known !== unknown) return known
    const ngramId = this.#size++
    this.#slots[slot] = ngramId
    if (ngramId === this.#prefixes.length) this.#growEntries()
    this.#prefixes[ngramId] = prefix
    this.#lastWords[ngramId] = wordId
    if (this.#size * 2 > this.#slots.length) this.#growSlots()
    return ngramId
  }

  /** Forgets every n-gram with an id of `size` and above (words stay). */
  truncate(size: number): void {
    // Newest first: nothing that stays was ever placed behind an entry that goes, so plain erasing keeps every probe chain whole.
    for (let ngramId = this.#size - 1; ngramId >= size; ngramId--) {
      this.#slots[this.#slotOf(this.#prefixes[ngramId], this.#lastWords[ngramId])] = unknown
      this.#seenAt[ngramId] = 0
    }
    this.#size = Math.min(this.#size, size)
  }

  /** Counts the n-grams of a caption given as words. */
  count(words: readonly string[]): NgramCounts {
    return this.countIds(words.map((word) => this.wordId(word)))
  }

  /** Counts the n-grams of a caption given as word ids (any non-negative integers, if used alone). */
  countIds(wordIds: ArrayLike<number>): NgramCounts {
    const length = wordIds.length
    const ids: number[] = []
    const counts: number[] = []
    const starts = [0]
    // The n-gram of the current order that begins at each position.
    const running = new Int32Array(length).fill(noPrefix)
    // Positions in `ids`, found again by a stamp per n-gram: linear in the caption's length, whatever it repeats.
    const base = this.#serial + 1
    for (let order = 1; order <= maximumOrder; order++) {
      for (let first = 0; first + order <= length; first++) {
        const ngramId = this.add(running[first], wordIds[first + order - 1])
        running[first] = ngramId
        const seen = this.#seenAt[ngramId] - base
        if (seen >= 0) counts[seen]++
        else {
          this.#seenAt[ngramId] = base + ids.length
          ids.push(ngramId)
          counts.push(1)
        }
      }
      starts.push(ids.length)
    }
    this.#advanceSerial(ids.length)
    return { length, ids, counts, starts }
  }

  #advanceSerial(used: number): void {
    this.#serial += used
    if (this.#serial < 2 ** 30) return
    this.#seenAt.fill(0)
    this.#serial = 0
  }

  #slotOf(prefix: number, wordId: number): number {
    const mask = this.#slots.length - 1
    let hash = Math.imul(prefix + 1, 0x9e3779b1) + Math.imul(wordId + 1, 0x85ebca6b)
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
    let slot = (hash ^ (hash >>> 13)) & mask
    for (;;) {
      const ngramId = this.#slots[slot]
      if (ngramId === unknown) return slot
      if (this.#prefixes[ngramId] === prefix && this.#lastWords[ngramId] === wordId) return slot
      slot = (slot + 1) & mask
    }
  }

  #growEntries(): void {
    this.#prefixes = doubled(this.#prefixes)
    this.#lastWords = doubled(this.#lastWords)
    this.#seenAt = doubled(this.#seenAt)
  }

  #growSlots(): void {
    this.#slots = new Int32Array(this.#slots.length * 2).fill(unknown)
    for (let ngramId = 0; ngramId < this.#size; ngramId++) {
      this.#slots[this.#slotOf(this.#prefixes[ngramId], this.#lastWords[ngramId])] = ngramId
    }
  }
}

function doubled(array: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2)
  larger.set(array)
  return larger
}
