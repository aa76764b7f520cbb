/** What `capstan score` does with files that are not as they should be: a clear sentence, or coco-caption's own behaviour; never a shifted caption. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { registerScore } from '../../../src/cli/commands/scores/score.ts'

let folder: string
const path = (name: string): string => join(folder, name)
const captions = ['a cat sits on the mat', 'two dogs run in the park', 'a man rides a red bike']
const annotations = captions.map((caption, i) => ({ image_id: i + 1, id: i, caption }))
const line = z.object({ image_id: z.union([z.number(), z.string()]), scores: z.record(z.string(), z.number()) })

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capstan-input-'))
})
afterAll(() => rm(folder, { recursive: true }))
afterEach(() => {
  vi.restoreAllMocks()
  process.exitCode = undefined
})

async function score(results: string, references = JSON.stringify({ images: [1, 2, 3].map((id) => ({ id })), annotations }), metrics = 'Bleu,ROUGE_L,CIDEr') {
  await writeFile(path('references.json'), references)
  await writeFile(path('results.json'), results)
  await rm(path('out.jsonl'), { force: true })
  const program = new Command('capstan')
  registerScore(program)
  let err = ''
  vi.spyOn(console, 'log').mockImplementation(() => undefined)
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => (err += String(text)) !== '')
  const files = ['--references', path('references.json'), '--results', path('results.json'), '--per-image', path('out.jsonl')]
  await program.parseAsync(['node', 'capstan', 'score', ...files, '--metrics', metrics])
  const written = await readFile(path('out.jsonl'), 'utf8').catch(() => '')
  const perImage = new Map(
    written
      .split('\n')
      .filter(Boolean)
      .map((each) => {
        const { image_id, scores } = line.parse(JSON.parse(each))
        return [image_id, scores]
      }),
  )
  return { err, exitCode: process.exitCode, perImage }
}

const results = (texts: readonly string[]): string => JSON.stringify(texts.map((caption, i) => ({ image_id: i + 1, caption })))

describe('what is refused, with nothing written', () => {
  test.each([
    ['two captions for one image', JSON.stringify([...annotations, annotations[0]]), undefined, 'two captions for image 1 (the second is entry 3)'],
    ['an image without references', JSON.stringify([{ image_id: 9, caption: 'a' }]), undefined, 'images without references: 9'],
    ['ids that are words where the references have numbers', JSON.stringify([{ image_id: '1', caption: 'a' }]), undefined, 'Write image ids alike'],
    ['NaN', '[{"image_id": NaN, "caption": "a"}]', undefined, 'is not JSON'],
    ['an id that is a fraction', '[{"image_id": 1.5, "caption": "a"}]', undefined, '[0].image_id'],
    ['a caption that is null', '[{"image_id": 1, "caption": null}]', undefined, '[0].caption'],
    ['no list', '{"image_id": 1, "caption": "a"}', undefined, 'expected array'],
    ['nothing', '', undefined, 'is not JSON'],
    ['no result', '[]', undefined, 'holds no caption'],
    ['references that are no COCO file', results(captions), '{"captions": []}', 'it has no "annotations"'],
    ['references cut off', results(captions), '{"annotations": [{"image_id": 1', 'is not JSON'],
  ])('%s', async (_what, given, references, message) => {
    const { err, exitCode, perImage } = await score(given, references)
    expect(err).toContain(message)
    expect(err.trim().split('\n')).toHaveLength(1)
    expect(exitCode).toBe(1)
    expect(perImage.size).toBe(0)
  })
})

describe('what is scored', () => {
  test('images without a result are left out, and counted aloud', async () => {
    const { err, exitCode, perImage } = await score(results(captions.slice(0, 2)))
    expect(err).toContain('scored on the 2 of 3 images that have a caption')
    expect(exitCode).toBeUndefined()
    expect([...perImage.keys()]).toEqual([1, 2])
  })

  test('a byte-order mark, ids that are words in both files, results in another order', async () => {
    const words = annotations.map(({ image_id, caption }) => ({ image_id: `photo-${image_id}`, caption }))
    const { perImage } = await score(`\ufeff${JSON.stringify(words.toReversed())}`, `\ufeff${JSON.stringify(words)}`)
    expect([...perImage.keys()]).toEqual(['photo-1', 'photo-2', 'photo-3'])
    for (const scores of perImage.values()) expect(scores['Bleu_1']).toBeCloseTo(1, 6)
  })

  test('line ends of every kind inside captions move no caption to another image', async () => {
    for (const odd of ['\r', '\r\n', '\n', '\v', '\f', '\u0085', '\u2028', '\u2029']) {
      const { perImage } = await score(results(captions.map((caption) => caption.replaceAll(' ', odd))))
      expect([...perImage.keys()]).toEqual([1, 2, 3])
      for (const scores of perImage.values()) expect(scores['Bleu_4']).toBeCloseTo(1, 6)
    }
  })

  test('an empty caption scores nothing and leaves the others what they are', async () => {
    const { perImage } = await score(results(['', captions[1], ' . ']))
    const none = { Bleu_1: 0, Bleu_2: 0, Bleu_3: 0, Bleu_4: 0, ROUGE_L: 0, CIDEr: 0 }
    for (const id of [1, 3]) for (const [name, value] of Object.entries(none)) expect(perImage.get(id)?.[name]).toBeCloseTo(value, 6)
    expect(perImage.get(2)?.['Bleu_4']).toBeCloseTo(1, 6)
  })

  test('a caption of 100,000 words is scored like any other, by METEOR too', async () => {
    const { exitCode, perImage } = await score(results(['a cat '.repeat(50_000), captions[1], captions[2]]), undefined, 'Bleu,ROUGE_L,CIDEr,METEOR')
    expect(exitCode).toBeUndefined()
    expect(perImage.get(1)?.['Bleu_1']).toBeCloseTo(2 / 100_000, 8)
    expect(perImage.get(2)?.['METEOR (WordNet 3.1, no paraphrases)']).toBeCloseTo(1, 6)
    expect(perImage.get(2)).not.toHaveProperty('METEOR')
  }, 600_000)
})
