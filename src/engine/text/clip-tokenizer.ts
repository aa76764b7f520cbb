/**
 * CLIP's byte-pair encoding (Radford et al. 2021, §2.4; Sennrich et al. 2016): lower-cased words as UTF-8 bytes, joined by a ranked list of merges.
 * Texts are repaired first, as OpenAI's code does (`repair-text.ts`).
 */
import { z } from 'zod'
import { AppError } from '#shared/errors.ts'
import { repairedText } from './repair-text.ts'

export interface ClipTokenizer {
  /** the ids of a text without begin and end */
  encode(text: string): number[]
  /** `texts.length` rows of `context` ids: begin, text (cut where it is too long), end, then zeros */
  encodeAll(texts: readonly string[], context: number): BigInt64Array
  /** readable text of ids, begin and end left out */
  decode(ids: Iterable<number>): string
  /** number of ids */
  readonly size: number
  /** merges in the order of their rank, each two tokens with a space between, and all tokens by id */
  readonly merges: readonly string[]
  readonly tokens: readonly string[]
}

const beginToken = '<|startoftext|>'
const endToken = '<|endoftext|>'
const wordEnd = '</w>'
/** Merges of the published vocabulary of 49,408: beyond them the published list goes on. */
const publishedMerges = 49_152 - 256 - 2

/** The printable character that stands for each byte: itself where it is printable, else one from 256 up. */
const byteCharacters: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte).map((byte, _index, all) => {
  if (isPrintable(byte)) return String.fromCodePoint(byte)
  return String.fromCodePoint(256 + all.slice(0, byte).filter((other) => !isPrintable(other)).length)
})

function isPrintable(byte: number): boolean {
  return (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174
}

/** Single bytes in the order of their ids: printable ones first. */
const byteTokens: readonly string[] = [...byteCharacters.filter((_, byte) => isPrintable(byte)), ...byteCharacters.filter((_, byte) => !isPrintable(byte))]

/**
 * From a merge list: `bpe_simple_vocab_16e6.txt` as OpenAI published it, or Hugging Face's `merges.txt`. Its first line is a header.
 * @throws AppError `bad-input` where the text is no such list
 */
export function tokenizerFromMerges(text: string, source: string): ClipTokenizer {
  const merges = text
    .split('\n')
    .slice(1, publishedMerges + 1)
    .map((line) => line.trim())
    .filter((line) => line !== '')
  if (merges.length === 0 || merges.some((line) => line.split(' ').length !== 2))
    throw new AppError('bad-input', `${source} is no list of merges.`, { todo: 'Choose CLIP’s bpe_simple_vocab_16e6.txt.gz or merges.txt.' })
  const joined = merges.map((line) => line.replace(' ', ''))
  return clipTokenizer(merges, [...byteTokens, ...byteTokens.map((token) => token + wordEnd), ...joined, beginToken, endToken])
}

const idsSchema = z.record(z.string(), z.number().int().nonnegative())
const mergeSchema = z.union([z.string(), z.tuple([z.string(), z.string()]).transform((pair) => pair.join(' '))])
const tokenizerJsonSchema = z.object({ model: z.object({ type: z.literal('BPE').optional(), vocab: idsSchema, merges: z.array(mergeSchema) }) })

/** From Hugging Face's `tokenizer.json`, parsed. Throws AppError `bad-input`. */
export function tokenizerFromJson(json: unknown, source: string): ClipTokenizer {
  const parsed = tokenizerJsonSchema.safeParse(json)
  if (!parsed.success)
    throw new AppError('bad-input', `${source} is no byte-pair tokenizer: ${parsed.error.issues[0].message}.`, { todo: 'Choose CLIP’s tokenizer.' })
  return tokenizerOfIds(parsed.data.model.vocab, parsed.data.model.merges, source)
}

/** From Hugging Face's `vocab.json`, parsed, and the text of `merges.txt`. Throws AppError `bad-input`. */
export function tokenizerFromVocabulary(vocabulary: unknown, merges: string, source: string): ClipTokenizer {
  const parsed = idsSchema.safeParse(vocabulary)
  if (!parsed.success) throw new AppError('bad-input', `${source} is no vocabulary: ${parsed.error.issues[0].message}.`, { todo: 'Choose CLIP’s vocab.json.' })
  const lines = merges.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#version'))
  return tokenizerOfIds(parsed.data, lines, source)
}

/** The tokenizer as `tokenizer.json`, as far as `tokenizerFromJson` reads it. */
export function tokenizerToJson({ merges, tokens }: ClipTokenizer): unknown {
  return { model: { type: 'BPE', vocab: Object.fromEntries(tokens.map((token, id) => [token, id])), merges } }
}

function tokenizerOfIds(ids: Readonly<Record<string, number>>, merges: readonly string[], source: string): ClipTokenizer {
  const tokens: string[] = []
  for (const [token, id] of Object.entries(ids)) tokens[id] = token
  const count = Object.keys(ids).length
  if (tokens.length !== count) throw new AppError('bad-input', `The ids of ${source} are not 0 to ${count - 1}.`, { todo: 'Copy the file again.' })
  for (const token of [beginToken, endToken])
    if (ids[token] === undefined) throw new AppError('bad-input', `${source} has no token ${token}.`, { todo: 'Choose CLIP’s tokenizer.' })
  return clipTokenizer(merges, tokens)
}

const wordPattern = /<\|startoftext\|>|<\|endoftext\|>|'(?:s|t|re|ve|m|ll|d)|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+/giu

function clipTokenizer(merges: readonly string[], tokens: readonly string[]): ClipTokenizer {
  const ranks = new Map(merges.map((merge, rank) => [merge, rank]))
  const ids = new Map(tokens.map((token, id) => [token, id]))
  const idOf = (token: string): number => ids.get(token) ?? idOfEnd
  const idOfEnd = ids.get(endToken) ?? 0
  const idOfBegin = idOf(beginToken)
  const known = new Map<string, readonly number[]>()
  const wordIds = (word: string): readonly number[] => {
    const found = known.get(word)
    if (found !== undefined) return found
    const made = word === beginToken || word === endToken ? [idOf(word)] : mergeWord(word, ranks).map(idOf)
    known.set(word, made)
    return made
  }
  const encode = (text: string): number[] => (cleaned(text).match(wordPattern) ?? []).flatMap(wordIds)
  return {
    size: tokens.length,
    merges,
    tokens,
    encode,
    encodeAll(texts, context) {
      const rows = new BigInt64Array(texts.length * context)
      texts.forEach((text, row) => {
        const numbers = [idOfBegin, ...encode(text).slice(0, context - 2), idOfEnd]
        numbers.forEach((id, column) => (rows[row * context + column] = BigInt(id)))
      })
      return rows
    },
    decode(given) {
      const characters = [...given]
        .filter((id) => id !== idOfBegin && id !== idOfEnd)
        .map((id) => tokens[id] ?? '')
        .join('')
      const spaced = characters.replaceAll(wordEnd, ' ')
      const bytes = Array.from(spaced, (character) => (character === ' ' ? 32 : byteCharacters.indexOf(character)))
      return new TextDecoder().decode(Uint8Array.from(bytes)).trim()
    },
  }
}

/** Joins the two neighbours that rank first, all over the word, until none is ranked. */
function mergeWord(word: string, ranks: ReadonlyMap<string, number>): string[] {
  let parts = Array.from(new TextEncoder().encode(word), (byte) => byteCharacters[byte])
  parts[parts.length - 1] += wordEnd
  while (parts.length > 1) {
    let best = Infinity
    for (let index = 0; index + 1 < parts.length; index++) best = Math.min(best, ranks.get(`${parts[index]} ${parts[index + 1]}`) ?? Infinity)
    if (best === Infinity) break
    const joined: string[] = []
    for (let index = 0; index < parts.length; index++) {
      const joins = index + 1 < parts.length && ranks.get(`${parts[index]} ${parts[index + 1]}`) === best
      joined.push(joins ? parts[index] + parts[index + 1] : parts[index])
      if (joins) index++
    }
    parts = joined
  }
  return parts
}

/** Repaired and in lower case. White space parts words and is otherwise dropped. */
function cleaned(text: string): string {
  return repairedText(text).toLowerCase()
}
