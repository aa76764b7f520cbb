import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { hashBytes } from '#engine/files/content-hash.ts'
import { runNextJob } from '#engine/jobs/run-inline.ts'
import { decodePhoto, hashPrefixes } from '#engine/vision/photos/decode-photo.ts'
import { recognizeSource } from '#engine/workspace/import/recognize-source.ts'
import type { VerbInput } from '#shared/api.ts'
import { plainPhoto, writeHuggingFaceParquet, writeTar } from '../../../../support/packed-files.ts'
import { temporaryFolder } from '../../../../support/temporary-folder.ts'
import { testWorkspace, type TestWorkspace } from '../../../../support/workspace.ts'

type Source = Extract<VerbInput<'imports.start'>, { kind: 'captions' }>

async function shard(folder: string): Promise<Buffer[]> {
  const photos = await Promise.all([10, 90, 170].map((red) => plainPhoto(red)))
  await writeTar(join(folder, 'shard.tar'), {
    'a.jpg': photos[0],
    'a.txt': 'a dog',
    'sub/b.jpg': photos[1],
    'sub/b.txt': 'a cat',
    'c.jpg': photos[2].subarray(0, 100),
    'c.txt': 'half a photo',
  })
  return photos
}

async function run(workspace: TestWorkspace, source: Omit<Source, 'kind' | 'imageRoot'>) {
  await workspace.call('imports.start', { kind: 'captions', imageRoot: '/nowhere', ...source })
  return runNextJob(workspace.service, { modelRoots: [], encoderRoots: [] })
}

const known = ({ reader }: TestWorkspace) =>
  reader.prepare<[], { path: string; hash: string; root: string }>('SELECT path, content_hash AS hash, root FROM image ORDER BY id').all()

test('photos inside a tar file come in where they are, are decoded from there, and go out as copies', async () => {
  const folder = temporaryFolder()
  const photos = await shard(folder)
  const workspace = await testWorkspace()
  const job = await run(workspace, { file: join(folder, 'shard.tar') })
  expect(job!.message).toBe('Imported 2 images; 1 cannot be read')
  expect(known(workspace)).toEqual([
    { path: join(folder, 'shard.tar', 'a.jpg'), hash: hashBytes(photos[0]), root: folder },
    { path: join(folder, 'shard.tar', 'sub/b.jpg'), hash: hashBytes(photos[1]), root: folder },
  ])
  const [imageId] = await workspace.call('library.ids', { filter: {}, sort: {} })
  expect(await workspace.call('images.get', { imageId })).toMatchObject({ references: [{ text: 'a dog' }] })
  const input = { width: 8, height: 8, resize: 'squash', interpolation: 'bilinear', colour: 'as-stored', mean: [0, 0, 0], std: [1, 1, 1] } as const
  const decoded = await decodePhoto({
    path: join(folder, 'shard.tar', 'sub/b.jpg'),
    input: { ...input, mean: [0, 0, 0], std: [1, 1, 1] },
    mirrored: false,
    known: hashPrefixes([]),
  })
  expect(decoded).toMatchObject({ kind: 'decoded', hash: hashBytes(photos[1]) })

  await workspace.call('exports.start', { what: 'references', modelId: null, set: 'all', format: 'image-folder', file: join(folder, 'out') })
  await runNextJob(workspace.service, { modelRoots: [], encoderRoots: [] })
  expect(readFileSync(join(folder, 'out', 'shard.tar', 'sub', 'b.jpg'))).toEqual(photos[1])
  const again = await testWorkspace()
  await run(again, { file: join(folder, 'out', 'metadata.jsonl'), imageRoot: join(folder, 'out') } as Source)
  expect(known(again).map(({ hash }) => hash)).toEqual(known(workspace).map(({ hash }) => hash))
})

test('photos inside Parquet come in by their rows, and results that name them find them', async () => {
  const folder = temporaryFolder()
  const photos = await Promise.all([10, 90, 170].map((red) => plainPhoto(red)))
  const paths = ['cat.jpg', 'dog.jpg', null]
  writeHuggingFaceParquet(
    join(folder, 'train.parquet'),
    photos.map((bytes, index) => ({ bytes, path: paths[index], text: `caption ${index}` })),
  )
  const workspace = await testWorkspace()
  await run(workspace, { file: join(folder, 'train.parquet') })
  expect(known(workspace).map(({ path, hash }) => [path.slice(folder.length + 1), hash])).toEqual([
    ['train.parquet/0/cat.jpg', hashBytes(photos[0])],
    ['train.parquet/1/dog.jpg', hashBytes(photos[1])],
    ['train.parquet/2.jpg', hashBytes(photos[2])],
  ])
  const preview = await workspace.call('imports.preview', { kind: 'results', file: join(folder, 'train.parquet'), modelName: 'itself' })
  expect(preview).toMatchObject({ photos: 3, captions: 3, leftOut: 0 })
})

test('unpacked, the photos are files of a new folder; those that cannot be read are told', async () => {
  const folder = temporaryFolder()
  const photos = await shard(folder)
  const workspace = await testWorkspace()
  const unpackTo = join(folder, 'photos')
  const job = await run(workspace, { file: join(folder, 'shard.tar'), unpackTo })
  expect(job!.message).toBe('Imported 2 images; 1 cannot be read')
  expect(known(workspace).map(({ path, root }) => [path, root])).toEqual([
    [join(unpackTo, 'shard', 'a.jpg'), unpackTo],
    [join(unpackTo, 'shard', 'sub', 'b.jpg'), unpackTo],
  ])
  expect(readFileSync(join(unpackTo, 'shard', 'a.jpg'))).toEqual(photos[0])
  const preview = (given: Partial<Source>) =>
    workspace.call('imports.preview', { kind: 'captions', imageRoot: '/nowhere', file: join(folder, 'shard.tar'), ...given })
  expect(await preview({})).toMatchObject({ photos: 3, fresh: 3 })
  await run(workspace, { file: join(folder, 'shard.tar') })
  expect(await preview({})).toMatchObject({ photos: 3, fresh: 1 })
  expect(await preview({ unpackTo: join(folder, 'another') })).toMatchObject({ photos: 3, fresh: 3 })
  await expect(run(workspace, { file: join(folder, 'shard.tar'), unpackTo })).rejects.toThrow('is there and is no file')
  await expect(run(workspace, { file: join(folder, 'photos'), format: 'sidecar', unpackTo: join(folder, 'again') })).rejects.toThrow(
    'there is nothing to unpack',
  )
})

test('cancelled while it unpacks, an import leaves nothing', async () => {
  const folder = temporaryFolder()
  await shard(folder)
  const workspace = await testWorkspace()
  const before = readdirSync(folder).sort()
  const controller = new AbortController()
  await workspace.call('imports.start', { kind: 'captions', imageRoot: '/nowhere', file: join(folder, 'shard.tar'), unpackTo: join(folder, 'photos') })
  const onProgress = ({ message }: { message: string }): void => {
    if (message !== 'Unpacking photos') return
    expect(readdirSync(folder).length).toBeGreaterThan(before.length)
    controller.abort()
  }
  const work = runNextJob(workspace.service, { modelRoots: [], encoderRoots: [], signal: controller.signal, onProgress })
  await expect(work).rejects.toMatchObject({ code: 'cancelled' })
  expect(existsSync(join(folder, 'photos'))).toBe(false)
  expect(readdirSync(folder).sort()).toEqual(before)
  expect(known(workspace)).toEqual([])
})

/** A process that was killed on either side of its commit, after the folder had its name. */
async function killed(when: 'before' | 'after'): Promise<{ folder: string; unpackTo: string; workspace: TestWorkspace }> {
  const folder = temporaryFolder()
  await shard(folder)
  const first = await testWorkspace()
  first.reader.close()
  first.service.close()
  const unpackTo = join(folder, 'photos')
  const child = resolve(import.meta.dirname, '../../../../support/unpacking-child.ts')
  const { signal } = spawnSync(process.execPath, [child, first.folder, join(folder, 'shard.tar'), unpackTo, when], { stdio: 'inherit' })
  expect(signal).toBe('SIGKILL')
  expect(readdirSync(join(unpackTo, 'shard')).sort()).toEqual(['a.jpg', 'c.jpg', 'sub'])
  return { folder, unpackTo, workspace: await testWorkspace(first.folder) }
}

test.each(['before', 'after'] as const)('killed %s its commit, an import that unpacks goes on, with the folder that is there', async (when) => {
  const { unpackTo, workspace } = await killed(when)
  expect(known(workspace)).toHaveLength(when === 'before' ? 0 : 2)
  expect(workspace.service.jobs.requeueInterrupted()).toHaveLength(1)
  const job = await runNextJob(workspace.service, { modelRoots: [], encoderRoots: [] })
  expect(job!.message).toBe('Imported 2 images; 1 cannot be read')
  expect(known(workspace).map(({ path }) => path)).toEqual([join(unpackTo, 'shard', 'a.jpg'), join(unpackTo, 'shard', 'sub', 'b.jpg')])
  expect(readdirSync(unpackTo)).toEqual(['shard'])
})

test('a folder that a killed import left is no obstacle to the next one; one whose photos are the workspace’s stays, and so does anybody else’s', async () => {
  const left = await killed('before')
  const source = { file: join(left.folder, 'shard.tar'), unpackTo: left.unpackTo }
  expect((await run(left.workspace, source))!.message).toBe('Imported 2 images; 1 cannot be read')
  await expect(run(left.workspace, source)).rejects.toThrow('is there and is no file')
  const imported = await killed('after')
  await expect(run(imported.workspace, { file: join(imported.folder, 'shard.tar'), unpackTo: imported.unpackTo })).rejects.toThrow('is there and is no file')
  expect(existsSync(join(imported.unpackTo, 'shard', 'a.jpg'))).toBe(true)
  const other = join(imported.folder, 'other')
  mkdirSync(other)
  writeFileSync(join(other, '.capstan-unpacked.json'), JSON.stringify({ workspace: '/somebody/else', job: 1 }))
  await expect(run(imported.workspace, { file: join(imported.folder, 'shard.tar'), unpackTo: other })).rejects.toThrow('is there and is no file')
})

test('a compressed shard is refused, or left out beside others, in a sentence that says what to do', async () => {
  const folder = temporaryFolder()
  await shard(folder)
  const workspace = await testWorkspace()
  const whole = readFileSync(join(folder, 'shard.tar'))
  writeFileSync(join(folder, 'other.tar.gz'), gzipSync(whole))
  writeFileSync(join(folder, 'named.tar'), gzipSync(whole))
  for (const name of ['other.tar.gz', 'named.tar']) {
    const message = `${name} is compressed (gzip): what is in it cannot be read in place.`
    await expect(run(workspace, { file: join(folder, name) })).rejects.toThrow(message)
    await expect(recognizeSource(join(folder, name))).rejects.toThrow(message)
  }
  rmSync(join(folder, 'named.tar'))
  const failures = async (id: number): Promise<string[]> =>
    (await workspace.call('jobs.failures', { jobId: id })).map(({ subject, reason }) => `${subject}: ${reason}`)
  const shards = await run(workspace, { file: folder })
  expect(shards!.message).toBe('Imported 2 images; 1 cannot be read, 1 left out')
  expect(await failures(shards!.id)).toContainEqual(expect.stringMatching(/other\.tar\.gz: It is a compressed tar file.*unpack it/))
  rmSync(join(folder, 'shard.tar'))
  await workspace.call('imports.start', { kind: 'folder', folder })
  await expect(runNextJob(workspace.service, { modelRoots: [], encoderRoots: [] })).rejects.toThrow(
    /no image in .* that can be read: .*other\.tar\.gz: It is a compressed tar file/,
  )
})
