/** Out, in again, out again: the same bytes, for every format; names and texts are hostile. */
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { runNextJob } from '#engine/jobs/run-inline.ts'
import { hashBytes } from '#engine/files/content-hash.ts'
import type { Decision, VerbInput } from '#shared/api.ts'
import type { Job } from '#shared/jobs.ts'
import { exportFormats, exportFormatTitles, type ExportFormat } from '#shared/exchange.ts'
import { temporaryFolder } from '../../../support/temporary-folder.ts'
import { importedImage, importImages, testWorkspace, type TestWorkspace } from '../../../support/workspace.ts'

async function run(workspace: TestWorkspace, signal?: AbortSignal): Promise<Job> {
  return (await runNextJob(workspace.service, { modelRoots: [], encoderRoots: [], ...(signal ? { signal } : {}) }))!
}

type Settings = Partial<VerbInput<'exports.start'>>

async function write(workspace: TestWorkspace, format: ExportFormat, given: Settings = {}): Promise<string> {
  const file = join(temporaryFolder(), `out${exportFormatTitles[format].ending}`)
  await workspace.call('exports.start', { what: 'references', modelId: null, set: 'all', format, file, ...given })
  await run(workspace)
  return file
}

/** The content of a file, or of all files below a folder but photos. */
function content(path: string): unknown {
  if (exportFormats.some((format) => exportFormatTitles[format].ending !== '' && path.endsWith(exportFormatTitles[format].ending))) return readFileSync(path)
  const names = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && /\.(?:txt|jsonl)$/.test(entry.name))
  return Object.fromEntries(
    names.map((entry) => [join(entry.parentPath, entry.name).slice(path.length), readFileSync(join(entry.parentPath, entry.name), 'utf8')]),
  )
}

/** Photos that a folder really holds, each with its references. */
async function withPhotos(photos: ReadonlyMap<string, readonly string[]>): Promise<{ root: string; rows: [string, readonly string[]][] }> {
  const root = join(temporaryFolder(), 'photos')
  let colour = 0
  for (const name of photos.keys()) {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    const background = { r: colour % 256, g: (colour >> 8) % 256, b: 7 }
    colour += 1
    await sharp({ create: { width: 8, height: 6, channels: 3, background } })
      .png()
      .toFile(join(root, name))
  }
  return { root, rows: [...photos] }
}

async function imported(file: string, imageRoot: string): Promise<TestWorkspace> {
  const workspace = await testWorkspace()
  await workspace.call('imports.start', { kind: 'captions', file, imageRoot })
  await run(workspace)
  return workspace
}

const hostile = new Map([
  ['a.png', ['=1+1', 'a dog, "big"', "'=quoted", 'a tab\there']],
  ['sub/a.png', ['+43 is no number', 'line\nbreak']],
  ['sub/b c%20#+.png', ['@home', 'ünïcödé 犬 🐕']],
  ['-x.png', ['-1', '|bars|', 'a;b']],
  ['#0.png', ['x#0\ty']],
  ['back\\slash.png', ['windows']],
  ['e\u0301.png', ['two letters']],
])

const readable = exportFormats.filter((format) => format !== 'sidecar')

describe('an export that is imported and exported again has the same bytes', () => {
  test.each(readable.filter((format) => format !== 'coco-results'))('%s', async (format) => {
    const { root, rows } = await withPhotos(hostile)
    const source = join(temporaryFolder(), 'source.jsonl')
    writeFileSync(source, rows.map(([name, text]) => `${JSON.stringify({ file_name: name, text })}\n`).join(''))
    const first = await write(await imported(source, root), format)
    const metadata = join(first, 'metadata.jsonl')
    const again = existsSync(metadata) ? await imported(metadata, first) : await imported(first, root)
    expect(content(await write(again, format))).toEqual(content(first))
    const references = async ({ call }: TestWorkspace, imageId: number): Promise<string[]> =>
      (await call('images.get', { imageId })).references.map(({ text }) => text)
    for (const [index, [name, texts]] of rows.entries()) {
      expect((await again.call('images.get', { imageId: index + 1 })).fileName, name).toBe(name)
      expect(await references(again, index + 1), name).toEqual(texts)
    }
  })

  test('any names and texts, from every format to every other', async () => {
    const word = fc
      .string({ unit: fc.constantFrom(...'=+-@\'",;|#%\\ \t\nab犬é\u0301.'.split('')), minLength: 1, maxLength: 8 })
      .filter((text) => text.trim() === text)
    const name = fc
      .string({ unit: fc.constantFrom(...'=+-@\'",;#% ab犬é.'.split('')), minLength: 1, maxLength: 6 })
      .filter((text) => text.trim() === text && !text.startsWith('.'))
    const sets = fc.dictionary(name, fc.uniqueArray(word, { minLength: 1, maxLength: 3 }), { minKeys: 1, maxKeys: 4, noNullPrototype: true })
    await fc.assert(
      fc.asyncProperty(
        sets,
        fc.shuffledSubarray(
          [...readable].filter((format) => format !== 'coco-results'),
          { minLength: 2, maxLength: 3 },
        ),
        async (set, chain) => {
          const photos = new Map(Object.entries(set).map(([key, texts]) => [`${key}.png`, texts]))
          const { root, rows } = await withPhotos(photos)
          let file = join(temporaryFolder(), 'source.jsonl')
          let folder = root
          writeFileSync(file, rows.map(([fileName, text]) => `${JSON.stringify({ file_name: fileName, text })}\n`).join(''))
          for (const format of chain) {
            const written = await write(await imported(file, folder), format)
            ;[file, folder] = format === 'image-folder' ? [join(written, 'metadata.jsonl'), written] : [written, folder]
          }
          const last = await imported(file, folder)
          for (const [index, [fileName, texts]] of rows.entries()) {
            const detail = await last.call('images.get', { imageId: index + 1 })
            expect([detail.fileName, detail.references.map(({ text }) => text)]).toEqual([fileName, texts])
          }
        },
      ),
      { numRuns: 8 },
    )
  }, 240_000)
})

/** A workspace of four small pictures. */
async function ofPictures(): Promise<TestWorkspace> {
  const workspace = await testWorkspace()
  const root = join(workspace.folder, 'photos')
  const pictures = await Promise.all(
    [1, 2, 3, 4].map((red) =>
      sharp({ create: { width: 8, height: 6, channels: 3, background: { r: red, g: 0, b: 0 } } })
        .png()
        .toBuffer(),
    ),
  )
  const rows = pictures.map((bytes, index) => importedImage(root, index + 1, { contentHash: hashBytes(bytes) }))
  await importImages(workspace, rows)
  pictures.forEach((bytes, index) => writeFileSync(rows[index].path, bytes))
  return workspace
}

async function reviewed(): Promise<TestWorkspace> {
  const workspace = await ofPictures()
  const rows = [1, 2, 3, 4].map((imageId) => ({ family: 'OFA', imageId, candidates: [{ text: `candidate ${imageId}`, logProbability: null }] }))
  await workspace.service.applyBatch(1, { kind: 'external-rows', rows })
  await workspace.service.applyBatch(1, { kind: 'external-models', models: [{ family: 'OFA', note: '', licence: '', file: 'o.json', contentHash: 'x' }] })
  for (const imageId of [1, 2, 3]) {
    const { candidates } = await workspace.call('images.get', { imageId })
    const decision: Decision =
      imageId === 3
        ? { kind: 'accept', candidateId: candidates[0].id, rating: 5 }
        : { kind: 'correct', candidateId: candidates[0].id, text: `=corrected ${imageId}`, errorTypes: ['object', 'count'], rating: imageId }
    await workspace.call('review.decide', { imageId, slot: 0, expectedRevision: 0, decision })
  }
  await workspace.call('regions.add', { imageId: 1, left: 0.25, top: 0.5, width: 0.5, height: 0.25, label: 'dog' })
  return workspace
}

const everything = ['author', 'time', 'state', 'rating', 'error_types', 'before'] as const

describe('corrections with all that is known of them', () => {
  test.each(readable)('come back from %s into another workspace, and out again the same', async (format) => {
    const workspace = await reviewed()
    const given: Settings = { what: 'corrections', details: [...everything] }
    const first = await write(workspace, format, given)
    const other = await ofPictures()
    const file = format === 'image-folder' ? join(first, 'metadata.jsonl') : first
    await other.call('imports.start', { kind: 'texts', as: 'corrections', file })
    await run(other)
    const {
      corrections,
      captions: [review],
    } = await other.call('images.get', { imageId: 2 })
    expect(review).toMatchObject({ state: 'corrected', text: '=corrected 2', rating: 2, errorTypes: ['object', 'count'] })
    expect(corrections).toMatchObject([{ author: 'Ada', replaces: 'candidate 2' }])
    expect(content(await write(other, format, given))).toEqual(content(first))
  })

  test('a cell that a spreadsheet would run is text, and numbers stay numbers', async () => {
    const text = readFileSync(await write(await reviewed(), 'csv', { what: 'corrections', details: ['rating', 'error_types', 'boxes'] }), 'utf8')
    expect(text).toBe(
      'image_id,file_name,split,caption,rating,error_types,objects\n' +
        `1,image1.jpg,,'=corrected 1,1,object count,"{""bbox"":[[160,240,320,120]],""categories"":[""dog""]}"\n` +
        `2,image2.jpg,,'=corrected 2,2,object count,"{""bbox"":[],""categories"":[]}"\n`,
    )
  })

  test('of a filter, of a selection, and of what a snapshot froze', async () => {
    const workspace = await reviewed()
    const names = async (given: Settings): Promise<string[]> => {
      const text = readFileSync(await write(workspace, 'json-lines', { what: 'reviewed', ...given }), 'utf8')
      return text
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { caption: string }).caption)
    }
    expect(await names({})).toEqual(['=corrected 1', '=corrected 2', 'candidate 3'])
    expect(await names({ scope: { filter: { states: ['accepted'] } } })).toEqual(['candidate 3'])
    expect(await names({ scope: { imageIds: [2] } })).toEqual(['=corrected 2'])
    const snapshot = await workspace.call('snapshots.create', { name: 'Monday', heldOut: 0 })
    const { revision } = (await workspace.call('images.get', { imageId: 1 })).captions[0]
    const decision: Decision = { kind: 'correct', candidateId: null, text: 'later', errorTypes: [], rating: null }
    await workspace.call('review.decide', { imageId: 1, slot: 0, expectedRevision: revision, decision })
    expect(await names({ snapshotId: snapshot.id })).toEqual(['=corrected 1', '=corrected 2', 'candidate 3'])
    expect((await names({}))[0]).toBe('later')
    const [newest, before] = await workspace.call('exports.list')
    expect(newest).toMatchObject({ what: 'reviewed', format: 'json-lines', snapshot: null, captions: 3, author: 'Ada' })
    expect(before).toMatchObject({ snapshot: 'Monday', photos: 3 })
    expect(before.contentHash).toMatch(/^[0-9a-f]{64}$/)
  })

  test('a candidate’s author is its captioner: read again, it is that external model', async () => {
    const workspace = await reviewed()
    const modelId = (await workspace.call('models.list')).find(({ name }) => name === 'OFA')!.id
    const file = await write(workspace, 'csv', { what: 'candidates', modelId, details: ['author'] })
    const preview = await workspace.call('imports.preview', { kind: 'results', file, modelName: 'unnamed' })
    expect(preview.models).toEqual([{ name: 'OFA', images: 4, known: 'newer', version: 2 }])
  })

  test('a text file beside each photo; two photos of one stem keep theirs apart', async () => {
    const workspace = await testWorkspace()
    const root = join(workspace.folder, 'photos')
    const references = (text: string) => [{ text, source: 's' }]
    mkdirSync(join(root, 'sub'), { recursive: true })
    await importImages(workspace, [
      importedImage(root, 1, { fileName: 'a.jpg', references: [...references('one'), ...references('two\nlines')] }),
      importedImage(root, 2, { fileName: 'A.png', references: references('three') }),
      importedImage(root, 3, { fileName: 'sub/b.jpg', references: references('four') }),
    ])
    expect(content(await write(workspace, 'sidecar'))).toEqual({ '/a.jpg.txt': 'one\ntwo lines\n', '/A.png.txt': 'three\n', '/sub/b.txt': 'four\n' })
  })

  test('a Parquet file grows by groups of rows: it tells how far it is, can be cancelled in between, and holds every caption', async () => {
    const workspace = await testWorkspace()
    const root = join(workspace.folder, 'photos')
    const references = Array.from({ length: 50 }, (_, number) => ({ text: `text ${number}`, source: 's' }))
    await importImages(
      workspace,
      Array.from({ length: 500 }, (_, number) => importedImage(root, number + 1, { references })),
    )
    const folder = temporaryFolder()
    const start = (name: string) =>
      workspace.call('exports.start', { what: 'references', modelId: null, set: 'all', format: 'parquet', file: join(folder, name) })
    const told: number[] = []
    const stop = new AbortController()
    const onProgress = ({ done }: { done: number }): void => {
      told.push(done)
      if (stop.signal.aborted) return
      if (done === 10_000) stop.abort('cancel')
    }
    const { id: cancelled } = await start('cancelled.parquet')
    const how = { modelRoots: [], encoderRoots: [], onProgress }
    await expect(runNextJob(workspace.service, { ...how, jobId: cancelled, signal: stop.signal })).rejects.toMatchObject({ code: 'cancelled' })
    expect(readdirSync(folder)).toEqual([])
    const { id } = await start('whole.parquet')
    await runNextJob(workspace.service, { ...how, jobId: id })
    expect(told).toEqual(expect.arrayContaining([10_000, 20_000, 25_000]))
    const rows = await parquetReadObjects({ file: await asyncBufferFromFile(join(folder, 'whole.parquet')) })
    expect(rows).toHaveLength(25_000)
    expect(rows.slice(9_999, 10_001).map(({ caption }) => String(caption))).toEqual(['text 49', 'text 0'])
  })

  test('cancelled, it leaves nothing: no file, no folder, no record', async () => {
    const workspace = await reviewed()
    for (const format of ['csv', 'parquet', 'sidecar'] as const) {
      const folder = temporaryFolder()
      await workspace.call('exports.start', { what: 'reviewed', modelId: null, set: 'all', format, file: join(folder, 'out') })
      await expect(run(workspace, AbortSignal.abort('cancel'))).rejects.toMatchObject({ code: 'cancelled' })
      expect(readdirSync(folder)).toEqual([])
    }
    expect(await workspace.call('exports.list')).toEqual([])
  })
})
