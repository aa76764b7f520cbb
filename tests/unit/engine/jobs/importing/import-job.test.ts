import { cpSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { runNextJob } from '#engine/jobs/run-inline.ts'
import type { VerbInput } from '#shared/api.ts'
import { sharedData, withoutSharedData } from '../../../../support/shared-data.ts'
import { testWorkspace, type TestWorkspace } from '../../../../support/workspace.ts'

type Source = VerbInput<'imports.start'>

async function photo(path: string, colour: number, given: { width?: number; height?: number; orientation?: number } = {}): Promise<void> {
  const { width = 8, height = 6, orientation } = given
  const image = sharp({ create: { width, height, channels: 3, background: { r: colour, g: 99, b: 7 } } })
  await (orientation === undefined ? image : image.withMetadata({ orientation })).jpeg().toFile(path)
}

/** Photos named after their numbers, in a folder of the workspace's parent. */
async function photos(workspace: TestWorkspace, count: number): Promise<string> {
  const root = join(workspace.folder, '..', 'photos')
  mkdirSync(root, { recursive: true })
  for (let i = 1; i <= count; i++) await photo(join(root, `p${i}.jpg`), i)
  return root
}

async function runImport(workspace: TestWorkspace, source: Source, signal?: AbortSignal): Promise<Record<string, string | number>> {
  await workspace.call('imports.start', source)
  const job = await runNextJob(workspace.service, { modelRoots: [], encoderRoots: [], ...(signal ? { signal } : {}) })
  return job!.result
}

const imported = async ({ call }: TestWorkspace): Promise<number> => (await call('library.facets')).total
const position = { by: 'position', metric: 'CIDEr', direction: 'ascending' } as const

describe('importing a folder', () => {
  test('takes the images of subfolders too, in the order of their names, with sizes as they are seen', async () => {
    const workspace = await testWorkspace()
    const root = await photos(workspace, 2)
    mkdirSync(join(root, 'a'))
    await photo(join(root, 'p10.jpg'), 10, { width: 20, height: 10, orientation: 6 })
    await photo(join(root, 'a', 'x.jpeg'), 11)
    writeFileSync(join(root, 'notes.txt'), 'not an image')
    writeFileSync(join(root, 'broken.png'), 'not an image either')
    expect(await runImport(workspace, { kind: 'folder', folder: root, split: 'dev' })).toMatchObject({ images: 4, unreadable: 1, added: 4, updated: 0 })
    const imageIds = await workspace.call('library.ids', { filter: {}, sort: position })
    const rows = await workspace.call('library.rows', { imageIds, modelId: null, metric: 'CIDEr' })
    expect(rows.map(({ fileName, width, height, split }) => [fileName, width, height, split])).toEqual([
      [join('a', 'x.jpeg'), 8, 6, 'dev'],
      ['p1.jpg', 8, 6, 'dev'],
      ['p2.jpg', 8, 6, 'dev'],
      ['p10.jpg', 10, 20, 'dev'],
    ])
    const [job] = await workspace.call('jobs.list')
    expect(job).toMatchObject({ state: 'done', failures: 1, message: 'Imported 4 images; 1 cannot be read' })
    expect(await workspace.call('jobs.failures', { jobId: job.id })).toEqual([
      { subject: join(root, 'broken.png'), reason: expect.stringContaining('not an image that can be read') as string },
    ])
  })

  test('leaves out a photo that breaks off in the middle, and says so', async () => {
    const workspace = await testWorkspace()
    const root = await photos(workspace, 1)
    const noise = Buffer.from(Array.from({ length: 64 * 64 * 3 }, (_, index) => (index * 7919) % 256))
    const whole = await sharp(noise, { raw: { width: 64, height: 64, channels: 3 } })
      .jpeg()
      .toBuffer()
    writeFileSync(join(root, 'damaged.jpg'), whole.subarray(0, whole.length / 2))
    expect(await runImport(workspace, { kind: 'folder', folder: root, split: 'none' })).toMatchObject({ images: 1, unreadable: 1 })
    const [job] = await workspace.call('jobs.list')
    expect(await workspace.call('jobs.failures', { jobId: job.id })).toEqual([
      { subject: join(root, 'damaged.jpg'), reason: expect.stringContaining('The photo is damaged') as string },
    ])
  })

  test('again adds nothing twice, and finds a renamed file by its content', async () => {
    const workspace = await testWorkspace()
    const root = await photos(workspace, 3)
    const source = { kind: 'folder', folder: root, split: 'none' } as const
    await runImport(workspace, source)
    renameSync(join(root, 'p2.jpg'), join(root, 'renamed.jpg'))
    expect(await runImport(workspace, source)).toMatchObject({ added: 0, updated: 3 })
    expect(await imported(workspace)).toBe(3)
    expect((await workspace.call('images.get', { imageId: 2 })).fileName).toBe('renamed.jpg')
    await photo(join(root, 'copy of p1.jpg'), 1)
    expect(await runImport(workspace, source)).toMatchObject({ added: 1, updated: 3 })
  })

  test('that was moved finds its images again, with what was written about them', async () => {
    const workspace = await testWorkspace()
    const root = await photos(workspace, 3)
    await runImport(workspace, { kind: 'folder', folder: root, split: 'dev' })
    await workspace.call('review.decide', {
      imageId: 2,
      slot: 0,
      expectedRevision: 0,
      decision: { kind: 'correct', candidateId: null, text: 'a corrected caption', errorTypes: [], rating: 4 },
    })
    const moved = `${root} of last year`
    renameSync(root, moved)
    expect(await runImport(workspace, { kind: 'folder', folder: moved, split: 'none' })).toMatchObject({ added: 0, updated: 3, moved: 3 })
    expect(await imported(workspace)).toBe(3)
    const image = await workspace.call('images.get', { imageId: 2 })
    expect(image).toMatchObject({ fileName: 'p2.jpg', split: 'dev', captions: [{ state: 'corrected', text: 'a corrected caption' }] })
    expect(workspace.service.imagePlace(2)).toMatchObject({ path: join(moved, 'p2.jpg') })
  })

  test('that was copied gives images of their own', async () => {
    const workspace = await testWorkspace()
    const root = await photos(workspace, 2)
    await runImport(workspace, { kind: 'folder', folder: root, split: 'none' })
    cpSync(root, `${root} copy`, { recursive: true })
    expect(await runImport(workspace, { kind: 'folder', folder: `${root} copy`, split: 'none' })).toMatchObject({ added: 2, updated: 0, moved: 0 })
    expect(await imported(workspace)).toBe(4)
  })

  test('with two copies of a photo, moved, keeps the two apart', async () => {
    const workspace = await testWorkspace()
    const root = await photos(workspace, 1)
    await photo(join(root, 'p2.jpg'), 1)
    await runImport(workspace, { kind: 'folder', folder: root, split: 'none' })
    renameSync(root, `${root} moved`)
    expect(await runImport(workspace, { kind: 'folder', folder: `${root} moved`, split: 'none' })).toMatchObject({ added: 0, updated: 2, moved: 2 })
    const names = await Promise.all([1, 2].map(async (imageId) => (await workspace.call('images.get', { imageId })).fileName))
    expect(names).toEqual(['p1.jpg', 'p2.jpg'])
  })

  test('that is cancelled or killed before its commit leaves nothing', async () => {
    const workspace = await testWorkspace()
    const root = await photos(workspace, 3)
    const source = { kind: 'folder', folder: root, split: 'none' } as const
    await expect(runImport(workspace, source, AbortSignal.abort('cancel'))).rejects.toMatchObject({ code: 'cancelled' })
    expect(await imported(workspace)).toBe(0)
    // A killed worker: rows are staged, the commit never comes, the app starts again.
    await workspace.call('imports.start', source)
    const { job } = workspace.service.jobs.claimNext()!
    const row = {
      path: join(root, 'p1.jpg'),
      fileName: 'p1.jpg',
      sourceId: null,
      contentHash: 'h',
      width: 1,
      height: 1,
      split: 'none' as const,
      references: [],
    }
    await workspace.service.applyBatch(job.id, { kind: 'import-rows', rows: [row] })
    expect(await imported(workspace)).toBe(0)
    workspace.service.jobs.requeueInterrupted()
    await runNextJob(workspace.service, { modelRoots: [], encoderRoots: [] })
    expect(await imported(workspace)).toBe(3)
    expect(workspace.reader.prepare('SELECT count(*) FROM import_staging').pluck().get()).toBe(0)
  })

  test('without a single image, or that is not there, is refused', async () => {
    const workspace = await testWorkspace()
    const empty = join(workspace.folder, '..', 'empty')
    mkdirSync(empty)
    await expect(runImport(workspace, { kind: 'folder', folder: empty, split: 'none' })).rejects.toMatchObject({ code: 'bad-input' })
    await expect(runImport(workspace, { kind: 'folder', folder: join(empty, 'no'), split: 'none' })).rejects.toMatchObject({ code: 'not-found' })
    expect((await workspace.call('jobs.list')).map(({ state }) => state)).toEqual(['failed', 'failed'])
  })
})

describe('importing COCO captions', () => {
  const coco = async (json: unknown, count = 2): Promise<{ workspace: TestWorkspace; source: Source }> => {
    const workspace = await testWorkspace()
    const imageRoot = await photos(workspace, count)
    const file = join(imageRoot, 'captions.json')
    writeFileSync(file, typeof json === 'string' ? json : JSON.stringify(json))
    return { workspace, source: { kind: 'captions', file, imageRoot, split: 'train' } }
  }
  const image = (id: number, name = `p${id}.jpg`): { id: number; file_name: string } => ({ id, file_name: name })
  const caption = (imageId: unknown, text: unknown): object => ({ image_id: imageId, caption: text })

  test('keeps ids and references, and counts missing files', async () => {
    const { workspace, source } = await coco({
      images: [image(2), image(1), image(7)],
      annotations: [caption(1, 'A dog.'), caption(2, 'A cat.'), caption(1, ' Another dog. '), caption(7, 'Gone.')],
    })
    expect(await runImport(workspace, source)).toMatchObject({ images: 2, missing: 1, references: 3 })
    const detail = await workspace.call('images.get', { imageId: 2 })
    expect(detail.fileName).toBe('p1.jpg')
    expect(detail.references.map(({ text, source: from }) => [text, from])).toEqual([
      ['A dog.', 'captions.json'],
      ['Another dog.', 'captions.json'],
    ])
    expect(workspace.reader.prepare('SELECT source_id FROM image ORDER BY id').pluck().all()).toEqual([2, 1])
  })

  test('again brings references up to date, removes their old scores and leaves other sources alone', async () => {
    const { workspace, source } = await coco({ images: [image(1), image(2)], annotations: [caption(1, 'A dog.'), caption(2, 'A cat sits.')] })
    await runImport(workspace, source)
    const scored = await workspace.call('scores.live', { imageId: 1, text: 'a dog' })
    expect(scored?.CIDEr).toBeGreaterThan(0)
    const tables = (): unknown[] => workspace.reader.prepare('SELECT id FROM document_frequency ORDER BY number').pluck().all()
    const before = tables()
    if (source.kind !== 'captions') throw new Error('unreachable')
    writeFileSync(source.file, JSON.stringify({ images: [image(1), image(2)], annotations: [caption(1, 'A big dog.'), caption(2, 'A cat sits.')] }))
    expect(await runImport(workspace, source)).toMatchObject({ added: 0, updated: 2 })
    expect((await workspace.call('images.get', { imageId: 1 })).references.map(({ text }) => text)).toEqual(['A big dog.'])
    // A new table comes beside the old one, which stays as it was.
    expect(tables().slice(0, before.length)).toEqual(before)
    expect(tables()).toHaveLength(before.length + 1)
    expect((await workspace.call('scores.live', { imageId: 1, text: 'a big dog' }))?.Bleu_3).toBeCloseTo(1)
  })

  const malformed: [string, unknown, string][] = [
    ['text that is not JSON', '{"images": [', 'captions.json: it is not JSON'],
    ['no images', { annotations: [] }, 'captions.json, images'],
    ['an image without a file name', { images: [image(1), { id: 2 }], annotations: [] }, 'captions.json, images.1.file_name'],
    ['an id that occurs twice', { images: [image(1), image(1, 'p2.jpg')], annotations: [] }, 'captions.json, images.1.id: the image id 1 occurs twice'],
    ['an annotation of no image', { images: [image(1)], annotations: [caption(9, 'x')] }, 'captions.json, annotations.0.image_id: there is no image 9'],
    ['a caption that is no text', { images: [image(1)], annotations: [caption(1, 3)] }, 'captions.json, annotations.0.caption'],
    ['a file outside the image folder', { images: [image(1, '../../secret.jpg')], annotations: [] }, 'captions.json, images.0.file_name'],
  ]
  test.each(malformed)('refuses %s, names the place and imports nothing', async (_name, json, message) => {
    const { workspace, source } = await coco(json)
    await expect(runImport(workspace, source)).rejects.toMatchObject({ code: 'bad-input', message: expect.stringContaining(message) as string })
    expect(await imported(workspace)).toBe(0)
  })

  test('refuses a file none of whose images are there', async () => {
    const { workspace, source } = await coco({ images: [image(1, 'x.jpg'), image(2, 'y.jpg')], annotations: [] })
    await expect(runImport(workspace, source)).rejects.toMatchObject({ code: 'not-found', message: expect.stringContaining('None of the 2 images') as string })
  })

  test.skipIf(!sharedData)(`reads the official file with its 200 photos that are here (${withoutSharedData})`, async () => {
    const workspace = await testWorkspace()
    const folder = join(sharedData!, 'coco')
    const source = { kind: 'captions', file: join(folder, 'captions_val2017.json'), imageRoot: join(folder, 'images') } as const
    expect(await runImport(workspace, { ...source, split: 'dev' })).toMatchObject({ images: 200, missing: 4800, unreadable: 0 })
    expect(await workspace.call('library.facets')).toMatchObject({ total: 200, withReferences: 200 })
  })
})

describe('importing Flickr8k files', () => {
  const flickr = async (captions: string, lists: Record<string, string> = {}): Promise<{ workspace: TestWorkspace; source: Source }> => {
    const workspace = await testWorkspace()
    const imageRoot = await photos(workspace, 3)
    writeFileSync(join(imageRoot, 'captions.txt'), captions)
    for (const [name, text] of Object.entries(lists)) writeFileSync(join(imageRoot, `${name}.txt`), text)
    const paths = Object.fromEntries(Object.keys(lists).map((name) => [name, join(imageRoot, `${name}.txt`)]))
    return { workspace, source: { kind: 'captions', file: join(imageRoot, 'captions.txt'), imageRoot, lists: paths } }
  }

  test('takes captions and splits, whatever ends the lines', async () => {
    const { workspace, source } = await flickr('p1.jpg#0\tA dog .\r\np1.jpg#1\tOne\u2028dog .\r\n\r\np2.jpg#0\tA cat .\np3.jpg#0\tA bird .\n', {
      train: 'p1.jpg\r\n',
      dev: 'p2.jpg\n',
    })
    await runImport(workspace, source)
    expect((await workspace.call('library.facets')).splits).toEqual({ train: 1, dev: 1, test: 0, none: 1 })
    expect((await workspace.call('images.get', { imageId: 1 })).references.map(({ text }) => text)).toEqual(['A dog .', 'One\u2028dog .'])
  })

  test.each([
    ['p1.jpg#0\tA dog .\nno tab here\n', {}, 'captions.txt, line 2: expected “file#number<tab>caption”'],
    ['p1.jpg#0\tA dog .\n', { train: 'p1.jpg\np2.jpg\n' }, 'train.txt, line 2: “p2.jpg” has no captions'],
    ['p1.jpg#0\tA dog .\n', { train: 'p1.jpg\n', dev: '\np1.jpg\n' }, 'dev.txt, line 2: “p1.jpg” is in the train list too'],
    ['\n', {}, 'captions.txt: it holds no caption'],
  ])('refuses %j with lists %j, names the line and imports nothing', async (captions, lists, message) => {
    const { workspace, source } = await flickr(captions, lists)
    await expect(runImport(workspace, source)).rejects.toMatchObject({ code: 'bad-input', message: expect.stringContaining(message) as string })
    expect(await imported(workspace)).toBe(0)
  })
})

test('an image’s place is told with its root', async () => {
  const workspace = await testWorkspace()
  const root = await photos(workspace, 1)
  await runImport(workspace, { kind: 'folder', folder: root, split: 'none' })
  expect(workspace.service.imagePlace(1)).toMatchObject({ path: join(root, 'p1.jpg'), root })
  expect(() => workspace.service.imagePlace(99)).toThrow(expect.objectContaining({ code: 'not-found' }) as Error)
})
