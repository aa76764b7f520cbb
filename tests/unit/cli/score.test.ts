import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { registerCompare } from '../../../src/cli/commands/compare.ts'
import { registerDocumentFrequency } from '../../../src/cli/commands/document-frequency.ts'
import { registerScore } from '../../../src/cli/commands/score.ts'

let folder: string
const path = (name: string): string => join(folder, name)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capstan-score-'))
  const captions: Record<number, string[]> = {
    1: ['a cat sits on the mat', 'the cat is on a mat'],
    2: ['two dogs run in the park', 'dogs running through a park'],
    3: ['a man rides a red bike', 'a person on a bicycle'],
    4: ['an image without a result'],
  }
  const annotations = Object.entries(captions).flatMap(([id, texts]) => texts.map((caption) => ({ image_id: Number(id), caption })))
  const results = (...texts: string[]) => texts.map((caption, i) => ({ image_id: i + 1, caption }))
  await writeFile(path('references.json'), JSON.stringify({ annotations }))
  await writeFile(path('a.json'), JSON.stringify(results('A cat on the mat.', 'Two dogs running in a park in a park', 'a man')))
  await writeFile(path('b.json'), JSON.stringify(results('a cat sits on the mat', 'two dogs', 'a man rides a bike')))
  await writeFile(path('other.json'), JSON.stringify(results('a cat', 'two dogs')))
})
afterAll(() => rm(folder, { recursive: true }))
afterEach(() => {
  vi.restoreAllMocks()
  process.exitCode = undefined
})

/** Runs a command line and returns what it printed. */
async function capstan(...words: string[]): Promise<{ out: string; err: string; exitCode: number | string | null | undefined }> {
  const program = new Command('capstan')
  for (const register of [registerScore, registerCompare, registerDocumentFrequency]) register(program)
  let out = ''
  let err = ''
  vi.spyOn(console, 'log').mockImplementation((line: string) => void (out += `${line}\n`))
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => (err += String(text)) !== '')
  await program.parseAsync(['node', 'capstan', ...words])
  return { out, err, exitCode: process.exitCode }
}

const report = z.object({
  corpus: z.record(z.string(), z.number()),
  images: z.number(),
  provenance: z.record(z.string(), z.unknown()),
})
const metrics = ['--metrics', 'Bleu,ROUGE_L,CIDEr']

describe('capstan score', () => {
  test('prints the table and writes corpus, provenance and one line an image', async () => {
    const { out, err } = await capstan(
      ...['score', '--references', path('references.json'), '--results', path('a.json'), ...metrics],
      ...['--json', path('out.json'), '--per-image', path('out.jsonl'), '--bootstrap', '20'],
    )
    const written = report.parse(JSON.parse(await readFile(path('out.json'), 'utf8')))
    expect(Object.keys(written.corpus)).toEqual(['Bleu_1', 'Bleu_2', 'Bleu_3', 'Bleu_4', 'ROUGE_L', 'CIDEr'])
    expect(written.corpus['Bleu_1']).toBeCloseTo(0.76327311344054, 12)
    expect(written.corpus['CIDEr']).toBeCloseTo(1.8855147037005722, 12)
    expect(written.images).toBe(3)
    expect(written.provenance).toMatchObject({ references: 'references.json', documentFrequency: { source: 'evaluated-set', images: 3 } })
    const lines = (await readFile(path('out.jsonl'), 'utf8')).trim().split('\n')
    const perImage = lines.map((line) => z.object({ image_id: z.number(), scores: z.record(z.string(), z.number()) }).parse(JSON.parse(line)))
    expect(perImage.map(({ image_id }) => image_id)).toEqual([1, 2, 3])
    expect(perImage[0].scores['CIDEr']).toBeCloseTo(3.237383, 6)
    expect(out).toContain('CIDEr    1.8855')
    expect(err).toContain('scored on the 3 of 4 images that have a caption')
  })

  test('measures failures with the files that are given', async () => {
    const instances = { images: [{ id: 1 }, { id: 2 }, { id: 3 }], annotations: [{ image_id: 2, category_id: 18 }], categories: [{ id: 18, name: 'dog' }] }
    await writeFile(path('instances.json'), JSON.stringify(instances))
    const { out } = await capstan(
      ...['score', '--references', path('references.json'), '--results', path('a.json'), '--metrics', 'CIDEr', '--failures'],
      ...['--training', path('references.json'), '--instances', path('instances.json'), '--json', path('failed.json'), '--per-image', path('failed.jsonl')],
    )
    expect(out).toMatch(/CHAIRi, instances and references +0.0 %/)
    expect(out).toMatch(/captions with a repeated trigram +33.3 %/)
    const failures = z.object({ failures: z.object({ novelShare: z.number(), chair: z.object({ mentions: z.number() }) }) })
    expect(failures.parse(JSON.parse(await readFile(path('failed.json'), 'utf8'))).failures).toMatchObject({ novelShare: 1, chair: { mentions: 3 } })
    expect(await readFile(path('failed.jsonl'), 'utf8')).toContain('"mentioned":["dog"]')
  })

  test('scores by a stored table that it built', async () => {
    const built = await capstan('document-frequency', '--references', path('references.json'), '--out', path('table.json'))
    expect(built.out).toMatch(/table [0-9a-f]{16}, 4 images/)
    const { out } = await capstan(
      ...['score', '--references', path('references.json'), '--results', path('a.json'), '--metrics', 'CIDEr'],
      ...['--document-frequency', path('table.json')],
    )
    expect(out).toMatch(/CIDEr by the table [0-9a-f]{16} of 4 images/)
  })

  test('a workspace without a table, and options that contradict each other, say so', async () => {
    const { err, exitCode } = await capstan('document-frequency', '--references', path('references.json'), '--use', path('table.json'))
    expect(err).toContain('It is not clear what shall be done')
    expect(exitCode).toBe(1)
  })

  test.each([
    [['--metrics', 'blue'], 'no metric “blue”'],
    [['--document-frequency', 'missing.json'], 'missing.json cannot be read'],
    [['--metrics', 'SPICE'], 'SPICE needs Java 8'],
  ])('with %j says what is wrong and fails', async (extra, message) => {
    const { err, exitCode } = await capstan('score', '--references', path('references.json'), '--results', path('a.json'), ...extra)
    expect(err).toContain(message)
    expect(exitCode).toBe(1)
  })
})

test.each([
  ['score', '--bootstrap', 'many'],
  ['compare', '--bootstrap', '0'],
  ['score', '--seed', '1.5'],
])('%s %s %s is refused', async (command, option, value) => {
  const program = new Command('capstan').exitOverride()
  for (const register of [registerScore, registerCompare]) register(program)
  for (const each of program.commands) each.exitOverride().configureOutput({ writeErr: () => undefined })
  const files = command === 'score' ? ['--results', 'a'] : ['--a', 'a', '--b', 'b']
  await expect(program.parseAsync(['node', 'capstan', command, '--references', 'r', ...files, option, value])).rejects.toThrow('whole number')
})

describe('capstan compare', () => {
  test('prints and writes difference, interval and test of every metric', async () => {
    const { out } = await capstan(
      ...['compare', '--references', path('references.json'), '--a', path('a.json'), '--b', path('b.json'), ...metrics],
      ...['--bootstrap', '50', '--json', path('compared.json')],
    )
    expect(out).toContain('3 images, 50 resamples, seed 1')
    const row = z.object({ a: z.number(), b: z.number(), difference: z.object({ value: z.number(), low: z.number(), high: z.number() }) })
    const written = z.object({ metrics: z.record(z.string(), row), images: z.number() }).parse(JSON.parse(await readFile(path('compared.json'), 'utf8')))
    const { a, b, difference } = written.metrics['CIDEr']
    expect(a).toBeCloseTo(1.8855147037005722, 12)
    expect(difference.value).toBeCloseTo(b - a, 12)
    expect(difference.low).toBeLessThanOrEqual(difference.high)
  })

  test('refuses files of different images', async () => {
    const { err, exitCode } = await capstan('compare', '--references', path('references.json'), '--a', path('a.json'), '--b', path('other.json'))
    expect(err).toContain('not of the same images: 1 are in only one of them')
    expect(exitCode).toBe(1)
  })
})
