import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { findSpice, requireSpice } from '#engine/metrics/spice/installation.ts'
import { parseSpiceOutput } from '#engine/metrics/spice/output.ts'
import { runSpice, type SpiceProgress } from '#engine/metrics/spice/spice.ts'
import { toReport } from '#shared/errors.ts'

/**
 * A stand-in for Java with SPICE's jar: the same arguments and files. Each image's F is the share of candidate words in the first
 * reference; rows come back sorted by text, so 10 stands before 2.
 */
const fakeJava = `#!${process.execPath}
const fs = require('node:fs')
const given = process.argv.slice(2)
if (given[0] === '-version') { console.error('openjdk version "' + (process.env.FAKE_JAVA ?? '1.8.0_312') + '"'); process.exit() }
const rows = JSON.parse(fs.readFileSync(given.find((value) => value.endsWith('input.json')), 'utf8'))
if (rows[0].test === 'wait') { fs.writeFileSync(process.cwd() + '/started', ''); setTimeout(() => {}, 60000) }
else if (rows[0].test === 'fail') {
  console.error('Exception in thread "main" java.lang.NoClassDefFoundError: edu/stanford/nlp/semgraph/semgrex/SemgrexPattern')
  process.exit(1)
} else {
  console.log('Parsing reference captions')
  const value = (f) => ({ pr: f, re: f, f, tp: 1, fp: 0, fn: 0, numImages: 1 })
  const out = rows.map(({ image_id, test, refs }) => {
    const words = test.split(' ')
    const f = words.filter((word) => refs[0].split(' ').includes(word)).length / words.length
    return { image_id, scores: { All: value(f), Object: value(f / 2), Color: image_id === 0 ? value(1) : value(null) } }
  })
  out.sort((a, b) => (String(a.image_id) < String(b.image_id) ? -1 : 1))
  if (given.includes('-subset')) fs.writeFileSync(given[given.indexOf('-out') + 1], JSON.stringify(out))
}
`

const libraries = ['stanford-corenlp-3.6.0.jar', 'stanford-corenlp-3.6.0-models.jar', 'SceneGraphParser-1.0.jar']
let folder = ''
let java = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capstan-spice-test-'))
  await mkdir(join(folder, 'lib'))
  await writeFile(join(folder, 'spice-1.0.jar'), '')
  for (const name of libraries) await writeFile(join(folder, 'lib', name), '')
  java = join(folder, 'java.cjs')
  await writeFile(java, fakeJava)
  await chmod(java, 0o755)
})
afterEach(async () => {
  delete process.env['FAKE_JAVA']
  await rm(folder, { recursive: true })
})

const withoutScripts = process.platform === 'win32' // a script cannot stand in for java.exe

describe.skipIf(withoutScripts)('finding SPICE', () => {
  test('a complete folder and Java 8 are ready', async () => {
    expect(await findSpice({ folder, java })).toEqual({
      state: 'ready',
      installation: { folder, jar: join(folder, 'spice-1.0.jar'), java, javaVersion: '1.8.0_312' },
    })
  })

  test('relative places become absolute, since SPICE runs in its own folder', async () => {
    const status = await findSpice({ folder: relative(process.cwd(), folder), java: relative(process.cwd(), java) })
    expect(status).toMatchObject({ state: 'ready', installation: { folder, java } })
  })

  test('says in one line what is missing', async () => {
    const reasonOf = async (places: Parameters<typeof findSpice>[0]) => {
      const status = await findSpice(places)
      return status.state === 'unavailable' ? status.reason : 'ready'
    }
    expect(await reasonOf({ folder: undefined })).toMatch(/^SPICE needs Java 8 and the SPICE 1.0 folder/)
    expect(await reasonOf({ folder: join(folder, 'lib'), java })).toContain('no spice-1.0.jar')
    expect(await reasonOf({ folder, java: join(folder, 'nothing') })).toContain('Java does not start')
    process.env['FAKE_JAVA'] = '17.0.1'
    expect(await reasonOf({ folder, java })).toContain('does not run on Java 17.0.1')
    await rm(join(folder, 'lib', 'stanford-corenlp-3.6.0-models.jar'))
    expect(await reasonOf({ folder, java })).toContain('lacks lib/stanford-corenlp-3.6.0-models.jar')
  })

  test('where it is required, its absence is an error', async () => {
    await expect(requireSpice({ folder: undefined })).rejects.toMatchObject({ code: 'unavailable' })
  })
})

describe.skipIf(withoutScripts)('running SPICE', () => {
  const manyImages = Array.from({ length: 12 }, (_, index) => ({
    id: `image ${100 - index}`,
    candidate: [...Array<string>(index).fill('dog'), ...Array<string>(12 - index).fill('cat')].join(' '),
    references: ['a dog runs', 'another'],
  }))

  test.each([1000, 12, 5, 1])('scores stay with their images whatever order SPICE returns them in (portions of %i)', async (portion) => {
    const { perImage, corpus } = await runSpice(await requireSpice({ folder, java }), manyImages, { portion })
    expect([...perImage].map(([id, { all }]) => [id, all.f])).toEqual(manyImages.map((image, index) => [image.id, index / 12]))
    expect(corpus).toBeCloseTo(5.5 / 12, 12)
  })

  test('keeps the sub-scores, averaged over the images that have them', async () => {
    const { subsets, perImage, corpus } = await runSpice(await requireSpice({ folder, java }), manyImages)
    expect(subsets['Object']).toBeCloseTo(corpus / 2, 12)
    expect(subsets['Color']).toBe(1)
    expect(perImage.get('image 99')?.subsets['Color']).toEqual({ precision: null, recall: null, f: null })
  })

  test('reports progress to the end', async () => {
    const reports: SpiceProgress[] = []
    await runSpice(await requireSpice({ folder, java }), manyImages, { portion: 6, onProgress: (report) => reports.push(report) })
    expect(reports.map((report) => report.done)).toEqual(reports.map((report) => report.done).toSorted((a, b) => a - b))
    expect(reports.some((report) => report.message.includes('Parsing reference captions'))).toBe(true)
    expect(reports.at(-1)).toEqual({ done: 12, total: 12, message: 'SPICE is done.' })
  })

  test('cancelling ends Java and leaves no files', async () => {
    const controller = new AbortController()
    const before = await temporaryFolders()
    const images = [{ id: 1, candidate: 'wait', references: ['a'] }]
    const running = runSpice(await requireSpice({ folder, java }), images, { signal: controller.signal })
    const expectation = expect(running).rejects.toMatchObject({ code: 'cancelled' })
    await expect.poll(() => readdir(folder)).toContain('started')
    controller.abort()
    await expectation
    expect(await temporaryFolders()).toEqual(before)
  })

  test('a failure says what to do', async () => {
    const running = runSpice(await requireSpice({ folder, java }), [{ id: 1, candidate: 'fail', references: ['a'] }])
    await expect(running.catch(toReport)).resolves.toEqual({
      details: expect.stringContaining('NoClassDefFoundError') as string,
      code: 'crashed',
      happened: 'SPICE does not find its libraries.',
      kept: 'No SPICE score was stored.',
      todo: 'Check that its lib folder holds Stanford CoreNLP 3.6.0 and its models, complete.',
    })
  })

  test('two candidates for one image are refused', async () => {
    const image = { id: 1, candidate: 'a', references: ['a'] }
    await expect(runSpice(await requireSpice({ folder, java }), [image, image])).rejects.toMatchObject({ code: 'bad-input' })
  })
})

async function temporaryFolders(): Promise<string[]> {
  return (await readdir(tmpdir())).filter((name) => /^capstan-spice-(?!test)/.test(name))
}

describe("SPICE's results", () => {
  const row = (image_id: number, f: number | null) => ({ image_id, scores: { All: { pr: f, re: f, f } } })

  test.each([
    ['no JSON', 'Error'],
    ['no row for an image', JSON.stringify([row(0, 1)])],
    ['two rows for an image', JSON.stringify([row(0, 1), row(0, 1), row(1, 1)])],
    ['a row for another image', JSON.stringify([row(0, 1), row(1, 1), row(2, 1)])],
    ['no overall score', JSON.stringify([row(0, 1), row(1, null)])],
  ])('with %s are refused', (_, text) => {
    expect(() => parseSpiceOutput(text, 2)).toThrow("SPICE's results cannot be used")
  })
})
