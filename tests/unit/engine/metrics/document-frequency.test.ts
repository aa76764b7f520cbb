import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  buildDocumentFrequency,
  loadDocumentFrequency,
  parseDocumentFrequency,
  saveDocumentFrequency,
  serializeDocumentFrequency,
} from '#engine/metrics/document-frequency.ts'
import { scoreCorpus } from '#engine/metrics/score-corpus.ts'

const references = [
  [
    ['a', 'dog', 'runs'],
    ['the', 'dog'],
  ],
  [['a', 'cat', '"quoted"']],
  [
    ['a', 'dog', 'runs'],
    ['a', 'dog'],
  ],
]
const tableSchema = z.object({ images: z.number(), ngrams: z.array(z.string()), frequencies: z.array(z.number()) })
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capstan-frequency-'))
})
afterAll(() => rm(folder, { recursive: true }))

describe('a document-frequency table', () => {
  test('counts images, not captions', () => {
    const { ngrams, frequencies, images } = tableSchema.parse(JSON.parse(serializeDocumentFrequency(buildDocumentFrequency(references, 'ptb'))))
    expect(images).toBe(3)
    const byText = Object.fromEntries(ngrams.map((ngram, position) => [ngram, frequencies[position]]))
    expect(byText).toMatchObject({ a: 3, dog: 2, 'a dog': 2, 'a dog runs': 2, 'the dog': 1, 'a cat "quoted"': 1 })
  })

  test('has an id by content: the order of images does not matter, anything else does', () => {
    const { id } = buildDocumentFrequency(references, 'ptb')
    expect(buildDocumentFrequency([...references].reverse(), 'ptb').id).toBe(id)
    expect(buildDocumentFrequency(references, 'simple').id).not.toBe(id)
    expect(buildDocumentFrequency(references.slice(1), 'ptb').id).not.toBe(id)
  })

  test.each(['table.json', 'table.json.gz'])('survives %s with its id and its scores', async (name) => {
    const table = buildDocumentFrequency(references, 'ptb')
    await saveDocumentFrequency(table, join(folder, name))
    const loaded = await loadDocumentFrequency(join(folder, name))
    expect(loaded.id).toBe(table.id)
    expect(loaded.tokenizer).toBe('ptb')
    expect(await readdir(folder)).not.toContainEqual(expect.stringContaining('partial'))
    const images = [{ id: 1, candidate: ['a', 'dog', 'sleeps'], references: references[0] }]
    expect(scoreCorpus({ images, documentFrequency: loaded }).corpus).toEqual(scoreCorpus({ images, documentFrequency: table }).corpus)
  })

  test('does not change a per-image CIDEr when other images are scored with it', () => {
    const documentFrequency = buildDocumentFrequency(references, 'ptb')
    const one = { id: 1, candidate: ['a', 'dog', 'sleeps'], references: references[0] }
    const other = { id: 2, candidate: ['a', 'bird'], references: references[1] }
    const alone = scoreCorpus({ images: [one], documentFrequency }).perImage.get(1)
    expect(scoreCorpus({ images: [other, one], documentFrequency }).perImage.get(1)).toEqual(alone)
  })

  test.each([
    ['{"images": 3', 'it is not JSON'],
    ['[]', 'expected object'],
    ['{"format":"other","version":1,"images":1,"tokenizer":"ptb","ngrams":[],"frequencies":[]}', 'format'],
    ['{"format":"capstan-document-frequency","version":1,"images":1,"tokenizer":"ptb","ngrams":["a"],"frequencies":[2]}', 'more images than there are'],
    ['{"format":"capstan-document-frequency","version":1,"images":1,"tokenizer":"ptb","ngrams":["a b c d e"],"frequencies":[1]}', 'one to four words'],
    ['{"format":"capstan-document-frequency","version":1,"images":1,"tokenizer":"ptb","ngrams":["a"],"frequencies":[0.5]}', 'frequencies.0'],
    ['{"format":"capstan-document-frequency","version":1,"images":1,"tokenizer":"ptb","ngrams":["a","a"],"frequencies":[1,1]}', 'stands there twice'],
    ['{"format":"capstan-document-frequency","version":1,"images":1,"tokenizer":"ptb","ngrams":["a"],"frequencies":[]}', 'not as many frequencies'],
  ])('of %j is refused with a reason', (text, reason) => {
    expect(() => parseDocumentFrequency(text, 'table.json')).toThrow(reason)
  })

  test('of a newer version is refused as such', () => {
    const text = '{"format":"capstan-document-frequency","version":2,"images":1,"tokenizer":"ptb","ngrams":[],"frequencies":[]}'
    expect(() => parseDocumentFrequency(text, 'table.json')).toThrow('newer Capstan')
  })

  test('that is missing or damaged is named', async () => {
    await expect(loadDocumentFrequency(join(folder, 'none.json'))).rejects.toMatchObject({ code: 'not-found' })
    await writeFile(join(folder, 'broken.json.gz'), 'no gzip')
    await expect(loadDocumentFrequency(join(folder, 'broken.json.gz'))).rejects.toMatchObject({ code: 'corrupt' })
  })

  test('needs an image', () => {
    expect(() => buildDocumentFrequency([], 'ptb')).toThrow('at least one image')
  })
})
