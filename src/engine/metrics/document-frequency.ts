/**
 * Document frequencies: in how many images' references each n-gram occurs. CIDEr depends on them, so a per-image CIDEr that shall mean
 * the same tomorrow uses a stored table, known by an id that is the hash of its content.
 */
import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { z } from 'zod'
import { inflateGzip } from '#engine/files/inflate.ts'
import { readRegular } from '#engine/files/regular-file.ts'
import { writeWhole } from '#engine/files/write-whole.ts'
import { AppError, toReport } from '#shared/errors.ts'
import { parseJson } from '#shared/json.ts'
import { ngramsInOrder } from './ngram-order.ts'
import { DocumentCounter, type DocumentFrequency } from '#shared/metrics/document-counter.ts'
import { maximumOrder, NgramIndex, splitWords } from '#shared/metrics/ngrams.ts'

export type { DocumentFrequency }

const format = 'capstan-document-frequency'
/** Bytes of a table as JSON. That of all of COCO's captions is a quarter of it. */
export const largestTable = 256e6
const fileSchema = z.object({
  format: z.literal(format),
  version: z.number().int(),
  images: z.number().int().positive(),
  tokenizer: z.string(),
  // Two lists, not one object: a quarter of a million keys take seconds to read.
  ngrams: z.array(z.string()),
  frequencies: z.array(z.number().int().positive()),
})

/**
 * Builds a table from the tokenized references of each image.
 * @throws AppError `too-little-data` without any image
 */
export function buildDocumentFrequency(references: Iterable<readonly (readonly string[])[]>, tokenizer: string): DocumentFrequency {
  const index = new NgramIndex()
  const counter = new DocumentCounter(index)
  for (const captions of references) counter.add(captions.map((tokens) => index.count(splitWords(tokens))))
  if (counter.images === 0) {
    throw new AppError('too-little-data', 'A document-frequency table needs the references of at least one image.', {
      todo: 'Add references first.',
    })
  }
  return withId({ images: counter.images, tokenizer, index, frequencies: counter.frequencies() })
}

function withId(table: Omit<DocumentFrequency, 'id'>): DocumentFrequency {
  const hash = createHash('sha256').update(`${table.tokenizer}\n${table.images}\n`)
  let lines = ''
  for (const [ngram, frequency] of sortedEntries(table)) {
    lines += `${ngram}\t${frequency}\n`
    if (lines.length < pieceSize) continue
    hash.update(lines)
    lines = ''
  }
  return { id: hash.update(lines).digest('hex').slice(0, 16), ...table }
}

/** Texts are put together to this many characters: a million small ones are never held. */
const pieceSize = 64 * 1024

function* sortedEntries({ index, frequencies }: Pick<DocumentFrequency, 'index' | 'frequencies'>): Generator<[string, number]> {
  for (const ngramId of ngramsInOrder(index)) if (frequencies[ngramId] > 0) yield [index.text(ngramId), frequencies[ngramId]]
}

/** The table as JSON text, sorted, so that equal tables are equal files. */
export function serializeDocumentFrequency(table: DocumentFrequency): string {
  const { images, tokenizer } = table
  const ngrams = listText()
  const frequencies = listText()
  for (const [ngram, frequency] of sortedEntries(table)) {
    ngrams.add(JSON.stringify(ngram))
    frequencies.add(String(frequency))
  }
  const head = JSON.stringify({ format, version: 1, images, tokenizer }).slice(0, -1)
  return `${head},"ngrams":${ngrams.text()},"frequencies":${frequencies.text()}}\n`
}

/** A JSON list that is put together element by element. */
function listText(): { add(element: string): void; text(): string } {
  const pieces: string[] = []
  let piece = '['
  return {
    add(element) {
      piece += piece === '[' && pieces.length === 0 ? element : `,${element}`
      if (piece.length < pieceSize) return
      pieces.push(Buffer.from(piece).toString()) // flat: a piece made of a thousand parts takes many times its length
      piece = ''
    },
    text: () => `${pieces.join('')}${piece}]`,
  }
}

/**
 * Reads a table from JSON text; `source` names it in errors.
 * @throws AppError `bad-input` or `newer-version`
 */
export function parseDocumentFrequency(text: string, source: string): DocumentFrequency {
  const refuse = (reason: string, cause?: unknown): AppError =>
    new AppError('bad-input', `${source} is not a document-frequency table: ${reason}.`, {
      kept: 'Nothing was changed.',
      todo: 'Choose a table that Capstan exported, or build a new one.',
      ...(cause === undefined ? {} : { cause }),
    })
  let json: unknown
  try {
    json = parseJson(text)
  } catch (error) {
    throw refuse('it is not JSON', error)
  }
  const parsed = fileSchema.safeParse(json)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw refuse(`${issue.path.join('.') || 'the file'}: ${issue.message}`)
  }
  const { version, images, tokenizer, ngrams } = parsed.data
  if (version > 1) {
    throw new AppError('newer-version', `${source} was written by a newer Capstan (table version ${version}).`, {
      kept: 'Nothing was changed.',
      todo: 'Update Capstan.',
    })
  }
  if (ngrams.length !== parsed.data.frequencies.length) throw refuse('it has not as many frequencies as n-grams')
  const index = new NgramIndex()
  const frequencies: number[] = []
  for (const [position, ngram] of ngrams.entries()) {
    const frequency = parsed.data.frequencies[position]
    if (frequency > images) throw refuse(`“${ngram}” is counted in more images than there are`)
    const words = ngram.split(' ')
    if (words.length > maximumOrder || words.includes('')) throw refuse(`“${ngram}” is not one to four words`)
    let ngramId = -1
    for (const word of words) {
      ngramId = index.add(ngramId, index.wordId(word))
      // A prefix that the table does not name occurs nowhere by itself.
      if (ngramId === frequencies.length) frequencies.push(0)
    }
    if (frequencies[ngramId] > 0) throw refuse(`“${ngram}” stands there twice`)
    frequencies[ngramId] = frequency
  }
  return withId({ images, tokenizer, index, frequencies: Int32Array.from(frequencies) })
}

/**
 * Reads a table from a file (compressed if its name ends in .gz).
 * @throws AppError `not-found`, `not-permitted`, `bad-input` or `newer-version`
 */
export async function loadDocumentFrequency(path: string): Promise<DocumentFrequency> {
  let bytes: Buffer
  try {
    bytes = await readRegular(path, largestTable)
    if (path.endsWith('.gz')) bytes = await inflateGzip(bytes, path, largestTable)
  } catch (error) {
    const report = toReport(error)
    throw new AppError(report.code === 'internal' ? 'bad-input' : report.code, `The document-frequency table ${path} cannot be read: ${report.happened}`, {
      kept: 'Nothing was changed.',
      todo: report.code === 'internal' ? 'Check that the file is whole.' : report.todo,
      cause: error,
    })
  }
  return parseDocumentFrequency(bytes.toString('utf8'), path)
}

/** Writes a table to a file (compressed if its name ends in .gz), whole or not at all. */
export async function saveDocumentFrequency(table: DocumentFrequency, path: string): Promise<void> {
  const text = serializeDocumentFrequency(table)
  await writeWhole(path, path.endsWith('.gz') ? await promisify(gzip)(text) : text)
}
