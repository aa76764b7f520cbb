/**
 * The words a captioner knows and their ids. Id 0 begins, ends and pads; words have ids 1..V in the order of the list; UNK, which stands for
 * every other word, is the last (id V), as in the published captioners. The list is stored with the model: its order is part of the model.
 */
import { z } from 'zod'
import { tokenize } from './simple-tokenizer.ts'

export const unknownWord = 'UNK'

/** Tokenizers by the name that is stored with a vocabulary. */
const tokenizers = { simple: tokenize } as const

export const vocabularySchema = z
  .strictObject({
    formatVersion: z.literal(1),
    tokenizer: z.enum(['simple']),
    words: z.array(z.string().min(1)).min(1),
  })
  .refine(({ words }) => words.at(-1) === unknownWord, { error: `the last word must be ${unknownWord}`, path: ['words'] })
  .refine(({ words }) => new Set(words).size === words.length, { error: 'a word occurs twice', path: ['words'] })

export type VocabularyJson = z.infer<typeof vocabularySchema>

export interface Vocabulary {
  readonly tokenizer: VocabularyJson['tokenizer']
  /** words[i] has the id i + 1; the last is UNK. */
  readonly words: readonly string[]
  /** V, the id of UNK. */
  readonly unknownId: number
  readonly idOf: ReadonlyMap<string, number>
}

function vocabularyOf(tokenizer: VocabularyJson['tokenizer'], words: readonly string[]): Vocabulary {
  return { tokenizer, words, unknownId: words.length, idOf: new Map(words.map((word, index) => [word, index + 1])) }
}

/** Words that occur at least `minimumCount` times in the captions, most frequent first (ties in alphabetical order), then UNK. */
export function buildVocabulary(captions: Iterable<string>, minimumCount: number): Vocabulary {
  const counts = new Map<string, number>()
  for (const caption of captions) for (const word of tokenize(caption)) counts.set(word, (counts.get(word) ?? 0) + 1)
  const kept = [...counts].filter(([, count]) => count >= minimumCount)
  kept.sort(([wordA, countA], [wordB, countB]) => countB - countA || (wordA < wordB ? -1 : 1))
  return vocabularyOf('simple', [...kept.map(([word]) => word), unknownWord])
}

/** The vocabulary with new words behind its old ones: old ids stay, UNK is the last again. */
export function extendVocabulary({ tokenizer, words }: Vocabulary, newWords: readonly string[]): Vocabulary {
  return vocabularyOf(tokenizer, [...words.slice(0, -1), ...newWords, unknownWord])
}

export function vocabularyToJson(vocabulary: Vocabulary): VocabularyJson {
  return { formatVersion: 1, tokenizer: vocabulary.tokenizer, words: [...vocabulary.words] }
}

/** Throws a ZodError where the JSON is no vocabulary. */
export function vocabularyFromJson(json: unknown): Vocabulary {
  const { tokenizer, words } = vocabularySchema.parse(json)
  return vocabularyOf(tokenizer, words)
}

/** The words of a caption as this vocabulary's tokenizer parts them. */
export function tokenizeFor(vocabulary: Vocabulary, caption: string): string[] {
  return tokenizers[vocabulary.tokenizer](caption)
}

/** Ids of a caption's words (UNK for unknown ones), without the end token. */
export function encodeCaption(vocabulary: Vocabulary, caption: string): Int32Array {
  return Int32Array.from(tokenizeFor(vocabulary, caption), (word) => vocabulary.idOf.get(word) ?? vocabulary.unknownId)
}

/** Words of the ids up to the first 0. */
export function decodeWords(vocabulary: Vocabulary, ids: ArrayLike<number>): string[] {
  const words: string[] = []
  for (let i = 0; i < ids.length && ids[i] !== 0; i++) words.push(vocabulary.words[ids[i] - 1] ?? unknownWord)
  return words
}

/** A caption as a person writes it: `a man 's dog does n't sit` → `a man's dog doesn't sit`. Tokenizing it gives the same words again. */
export function joinWords(words: readonly string[]): string {
  return words.reduce((text, word) => (text === '' ? word : /^(?:n't|'.*)$/.test(word) ? text + word : `${text} ${word}`), '')
}
