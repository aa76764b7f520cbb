/**
 * METEOR's paraphrase table: a gzipped text of line triples (probability, phrase, paraphrase). It holds millions of pairs, so phrases are
 * numbered and the pairs kept in one typed array.
 */
import { createGunzip } from 'node:zlib'
import { openRegular } from '#engine/files/regular-file.ts'
import { AppError } from '#shared/errors.ts'

/** A phrase of the table found in a sentence; start and length count words. */
export interface FoundPhrase {
  readonly phrase: number
  readonly start: number
  readonly length: number
}

export interface ParaphraseTable {
  readonly pairs: number
  /** Every run of words that the table knows, by start, then by length. */
  phrasesIn(words: readonly string[]): FoundPhrase[]
  /** Whether the table has the pair, in either direction. */
  areParaphrases(left: number, right: number): boolean
}

/** Reads `paraphrase-en.gz`. Throws an AppError where it is not such a table. */
export async function readParaphraseTable(path: string): Promise<ParaphraseTable> {
  const builder = createParaphraseTableBuilder()
  let lines = 0
  let phrase = ''
  const addLine = (line: string): void => {
    const part = lines++ % 3
    if (part === 0 && !Number.isFinite(Number.parseFloat(line))) throw unreadable(path, `line ${lines} is not a probability`)
    if (part === 1) phrase = line
    if (part === 2) builder.add(phrase, line)
  }
  try {
    let rest = ''
    const file = (await openRegular(path)).handle.createReadStream()
    const text = file.pipe(createGunzip()).setEncoding('utf8')
    file.on('error', (error) => text.destroy(error))
    for await (const chunk of text) {
      const parts = (rest + String(chunk)).split('\n')
      rest = parts.pop() ?? ''
      parts.forEach(addLine)
    }
    if (rest !== '') addLine(rest)
  } catch (error) {
    if (error instanceof AppError) throw error
    throw unreadable(path, error instanceof Error ? error.message : String(error), error)
  }
  if (lines === 0 || lines % 3 !== 0) throw unreadable(path, 'it ends in the middle of an entry')
  return builder.finish()
}
function unreadable(path: string, reason: string, cause?: unknown): AppError {
  return new AppError('corrupt', `The paraphrase table ${path} cannot be read: ${reason}.`, {
    todo: "Point to METEOR's own paraphrase-en.gz, or leave it out: METEOR is then named as computed without paraphrases.",
    cause,
  })
}

/** Collects pairs, then sorts them for look-up. */
export function createParaphraseTableBuilder(): { add(phrase: string, paraphrase: string): void; finish(): ParaphraseTable } {
  const numbers = new Map<string, number>()
  let longest = 0
  let left = new Uint32Array(1024)
  let right = new Uint32Array(1024)
  let count = 0

  const numberOf = (phrase: string): number => {
    const known = numbers.get(phrase)
    if (known !== undefined) return known
    longest = Math.max(longest, phrase.split(' ').length)
    numbers.set(phrase, numbers.size)
    return numbers.size - 1
  }

  return {
    add(phrase, paraphrase) {
      if (count === left.length) {
        left = grown(left)
        right = grown(right)
      }
      left[count] = numberOf(phrase)
      right[count++] = numberOf(paraphrase)
    },
    finish() {
      const firstPair = pairStarts(left, right, count, numbers.size)
      const partners = pairPartners(left, right, count, firstPair)
      return {
        pairs: count,
        phrasesIn: (words) => phrasesIn(words, numbers, longest),
        areParaphrases(one, other) {
          return contains(partners, other, firstPair[one], firstPair[one + 1])
        },
      }
    },
  }
}

function grown(numbers: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(numbers.length * 2)
  larger.set(numbers)
  return larger
}

/** Where each phrase's partners begin in the list of partners; one entry more than phrases. */
function pairStarts(left: Uint32Array, right: Uint32Array, count: number, phrases: number): Uint32Array {
  const starts = new Uint32Array(phrases + 1)
  for (let pair = 0; pair < count; pair++) {
    starts[left[pair] + 1] += 1
    starts[right[pair] + 1] += 1
  }
  for (let phrase = 0; phrase < phrases; phrase++) starts[phrase + 1] += starts[phrase]
  return starts
}

/** The partners of all phrases, one phrase after the other, each phrase's ascending. */
function pairPartners(left: Uint32Array, right: Uint32Array, count: number, starts: Uint32Array): Uint32Array {
  const next = starts.slice()
  const partners = new Uint32Array(2 * count)
  for (let pair = 0; pair < count; pair++) {
    partners[next[left[pair]]++] = right[pair]
    partners[next[right[pair]]++] = left[pair]
  }
  for (let phrase = 0; phrase + 1 < starts.length; phrase++) {
    if (starts[phrase + 1] - starts[phrase] > 1) partners.subarray(starts[phrase], starts[phrase + 1]).sort()
  }
  return partners
}

/** Whether an ascending list has `wanted` between `start` and `end` (exclusive). */
function contains(ascending: Uint32Array, wanted: number, start: number, end: number): boolean {
  while (start < end) {
    const middle = (start + end) >>> 1
    if (ascending[middle] === wanted) return true
    if (ascending[middle] < wanted) start = middle + 1
    else end = middle
  }
  return false
}

function phrasesIn(words: readonly string[], numbers: ReadonlyMap<string, number>, longest: number): FoundPhrase[] {
  const found: FoundPhrase[] = []
  for (let start = 0; start < words.length; start++) {
    let text = ''
    for (let length = 1; length <= longest && start + length <= words.length; length++) {
      text = length === 1 ? words[start] : `${text} ${words[start + length - 1]}`
      const phrase = numbers.get(text)
      if (phrase !== undefined) found.push({ phrase, start, length })
    }
  }
  return found
}
