import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import sharp from 'sharp'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { registerAgreement } from '../../../src/cli/commands/scores/agreement.ts'
import { registerCompare } from '../../../src/cli/commands/scores/compare.ts'
import { registerDocumentFrequency } from '../../../src/cli/commands/document-frequency.ts'
import { registerScore } from '../../../src/cli/commands/scores/score.ts'

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
  for (const register of [registerScore, registerCompare, registerAgreement, registerDocumentFrequency]) register(program)
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

  test('writes one HTML file with the photos inside, the furthest apart first', async () => {
    const photo = await sharp({ create: { width: 40, height: 30, channels: 3, background: '#c02040' } })
      .png()
      .toBuffer()
    await mkdir(path('photos'))
    await writeFile(join(path('photos'), 'one.png'), photo)
    const images = [
      { id: 1, file_name: 'one.png' },
      { id: 2, file_name: '../two.png' },
    ]
    const annotations = images.map(({ id }) => ({ image_id: id, caption: id === 1 ? 'a <b>cat</b> sits' : 'two dogs run' }))
    await writeFile(path('named.json'), JSON.stringify({ images, annotations }))
    await writeFile(path('two.png'), photo)
    const results = (...texts: string[]) => JSON.stringify(texts.map((caption, index) => ({ image_id: index + 1, caption })))
    await writeFile(path('low.json'), results('a dog', 'a cat'))
    await writeFile(path('high & <up>.json'), results('a <b>cat</b> sits', 'two dogs run'))
    const words = [
      'compare',
      path('low.json'),
      path('high & <up>.json'),
      '--references',
      path('named.json'),
      '--images',
      path('photos'),
      '--metrics',
      'ROUGE_L',
    ]
    const { err } = await capstan(...words, '--report', path('report.html'))
    expect(err).toBe('')
    const page = await readFile(path('report.html'), 'utf8')
    expect(page).toContain('high &amp; &lt;up&gt;.json')
    expect(page).toContain('a &lt;b&gt;cat&lt;/b&gt; sits')
    expect(page.match(/src="data:image\/webp;base64,/g)).toHaveLength(1) // a name that leads out of the folder is not followed
    expect(page).toContain(
      createHash('sha256')
        .update(await readFile(path('low.json')))
        .digest('hex'),
    )
    expect(page).toContain('capstan compare low.json &#39;high &amp; &lt;up&gt;.json&#39; --references named.json')
    const other = await capstan(...words, '--report', path('report.pdf'))
    expect(other.err).toContain('End its name in .html')
  })

  test('refuses files of different images', async () => {
    const { err, exitCode } = await capstan('compare', '--references', path('references.json'), '--a', path('a.json'), '--b', path('other.json'))
    expect(err).toContain('not of the same images: 1 are in only one of them')
    expect(exitCode).toBe(1)
  })

  test('takes any number of files: each against the first, corrected over all, with a row for every image', async () => {
    const files = [path('a.json'), path('b.json'), path('c.json')]
    await writeFile(path('c.json'), JSON.stringify([1, 2, 3].map((id) => ({ image_id: id, caption: '=a zebra, flying' }))))
    const words = ['compare', ...files, '--references', path('references.json'), ...metrics, '--bootstrap', '50']
    const { out } = await capstan(...words, '--json', path('three.json'), '--per-image', path('three.csv'), '--table', path('three.tex'))
    expect(out.split('\n').filter((line) => line.startsWith('CIDEr'))).toHaveLength(3)
    const metric = z.object({ a: z.number(), b: z.number(), bootstrapP: z.number(), adjustedP: z.number() })
    const written = z
      .object({
        systems: z.array(z.object({ name: z.string(), corpus: z.record(z.string(), z.number()) })),
        comparisons: z.array(z.object({ a: z.string(), b: z.string(), metrics: z.record(z.string(), metric) })),
      })
      .parse(JSON.parse(await readFile(path('three.json'), 'utf8')))
    expect(written.comparisons.map(({ a, b }) => [a, b])).toEqual([
      ['a.json', 'b.json'],
      ['a.json', 'c.json'],
    ])
    for (const [index, { metrics: compared }] of written.comparisons.entries()) {
      expect(compared['CIDEr'].b).toBeCloseTo(written.systems[index + 1].corpus['CIDEr'], 12)
    }
    // The smallest p of all is counted as often as there are comparisons, in whichever file it is.
    const all = written.comparisons.flatMap(({ metrics: compared }) => Object.values(compared))
    const least = all.reduce((best, each) => (each.bootstrapP < best.bootstrapP ? each : best))
    expect(least.adjustedP).toBeCloseTo(Math.min(1, least.bootstrapP * all.length), 12)
    const [head, first, , third] = (await readFile(path('three.csv'), 'utf8')).split('\r\n')
    expect(head.split(',').filter((column) => column.endsWith('caption'))).toEqual(['a.json caption', 'b.json caption', 'c.json caption'])
    expect(first.startsWith('1,A cat on the mat.,')).toBe(true)
    expect(third).toContain(`"'=a zebra, flying"`)
    expect(await readFile(path('three.tex'), 'utf8')).toContain('\\toprule')
    await capstan(...words, '--per-image', path('three.jsonl'))
    const line: unknown = JSON.parse((await readFile(path('three.jsonl'), 'utf8')).split('\n')[1])
    expect(line).toMatchObject({ image_id: 2, captions: { 'b.json': 'two dogs' }, scores: { 'c.json': { CIDEr: 0 } } })
  })

  test('says so where there is one file alone', async () => {
    const { err, exitCode } = await capstan('compare', path('a.json'), '--references', path('references.json'))
    expect(err).toContain('nothing to compare with')
    expect(exitCode).toBe(1)
  })
})

describe('capstan agreement', () => {
  const tokens = [
    ['cat.jpg', 'a cat sits on the mat', 'the cat is on a mat'],
    ['dog.jpg', 'two dogs run in the park', 'dogs running through a park'],
    ['bike.jpg', 'a man rides a red bike', 'a person on a bicycle'],
    ['more.jpg', 'a cat on a red mat', 'two dogs running in a park', 'a man on a bike'],
  ]
  const expert = [
    ['cat.jpg', 'more.jpg#0', '4', '4', '3'],
    ['cat.jpg', 'dog.jpg#0', '1', '1', '1'],
    ['dog.jpg', 'more.jpg#1', '4', '3', '4'],
    ['dog.jpg', 'bike.jpg#0', '1', '1', '2'],
    ['bike.jpg', 'more.jpg#2', '3', '4', '4'],
    ['bike.jpg', 'cat.jpg#1', '1', '2', '1'],
    ['cat.jpg', 'cat.jpg#0', '1', '1', '1'],
  ]
  beforeAll(async () => {
    await writeFile(path('captions.token.txt'), tokens.flatMap(([photo, ...captions]) => captions.map((text, i) => `${photo}#${i}\t${text}\n`)).join(''))
    await writeFile(path('expert.txt'), expert.map((line) => line.join('\t')).join('\n'))
  })

  test('finds that metrics order captions as the judges do, without those that are the photo’s own', async () => {
    const { out } = await capstan(
      ...['agreement', path('expert.txt'), '--references', path('captions.token.txt'), '--metrics', 'ROUGE_L,CIDEr'],
      ...['--bootstrap', '50', '--json', path('agreement.json'), '--table', path('agreement.md')],
    )
    expect(out).toContain('18 ratings of 6 captions of 3 photos; 1 left out, being references of their photo')
    const tau = z.object({ value: z.number(), low: z.number(), high: z.number() })
    const written = z
      .object({ metrics: z.record(z.string(), z.object({ tauB: tau, tauC: tau })), judges: z.object({ tauB: tau }) })
      .parse(JSON.parse(await readFile(path('agreement.json'), 'utf8')))
    expect(Object.keys(written.metrics)).toEqual(['ROUGE_L', 'CIDEr'])
    expect(written.metrics['CIDEr'].tauB.value).toBeGreaterThan(0.5)
    expect(written.judges.tauB.value).toBeGreaterThan(0.4)
    expect(await readFile(path('agreement.md'), 'utf8')).toMatch(/\| CIDEr \| 0\.\d{3} \[/)
    const kept = await capstan('agreement', path('expert.txt'), '--references', path('captions.token.txt'), '--metrics', 'CIDEr', '--keep-own')
    expect(kept.out).toContain('21 ratings of 7 captions')
  })

  test.each([
    ['cat.jpg\tcat.jpg\t1', 'line 1: expected “photo<tab>file#number'],
    ['cat.jpg\tcat.jpg#0\tgood', 'line 1: expected “photo<tab>file#number'],
    ['cow.jpg\tcat.jpg#0\t1', 'no references of cow.jpg, which line 1'],
    ['cat.jpg\tcat.jpg#9\t1', 'no caption cat.jpg#9, which line 1'],
  ])('refuses %j', async (line, message) => {
    await writeFile(path('bad.txt'), line)
    const { err, exitCode } = await capstan('agreement', path('bad.txt'), '--references', path('captions.token.txt'), '--metrics', 'CIDEr')
    expect(err).toContain(message)
    expect(exitCode).toBe(1)
  })
})
