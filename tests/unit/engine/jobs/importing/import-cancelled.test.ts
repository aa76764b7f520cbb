/** Whatever an import brings and however far it is, a cancelled one leaves nothing; every part of it tells how far it is. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { runNextJob } from '#engine/jobs/run-inline.ts'
import type { VerbInput } from '#shared/api.ts'
import { plainPhoto, writeTar } from '../../../../support/packed-files.ts'
import { testWorkspace, type TestWorkspace } from '../../../../support/workspace.ts'

type Source = VerbInput<'imports.start'>

const photos = ['a.jpg', 'b.jpg', 'in/c.jpg']

/** A workspace with three photos, and beside it files that bring more of each kind. */
async function prepared(): Promise<{ workspace: TestWorkspace; root: string }> {
  const workspace = await testWorkspace()
  const root = join(workspace.folder, '..', 'given')
  for (const [index, name] of photos.entries()) {
    for (const folder of ['known', 'fresh']) {
      mkdirSync(dirname(join(root, folder, name)), { recursive: true })
      writeFileSync(join(root, folder, name), await plainPhoto(index, folder === 'known' ? 0 : 200))
    }
  }
  writeFileSync(join(root, 'captions.csv'), `file_name,caption\n${photos.map((name) => `${name},a text of ${name}`).join('\n')}\n`)
  writeFileSync(
    join(root, 'instances.json'),
    JSON.stringify({
      images: photos.map((name, id) => ({ id, file_name: name, width: 24, height: 16 })),
      annotations: photos.map((_, id) => ({ id, image_id: id, category_id: 1, bbox: [1, 1, 5, 5] })),
      categories: [{ id: 1, name: 'dog' }],
    }),
  )
  await writeTar(join(root, 'shard.tar'), { '0.jpg': await plainPhoto(90), '0.txt': 'one', '1.jpg': await plainPhoto(91), '1.txt': 'two' })
  await workspace.call('imports.start', { kind: 'folder', folder: join(root, 'known'), split: 'none' })
  await runNextJob(workspace.service, { modelRoots: [], encoderRoots: [] })
  return { workspace, root }
}

/** The parts that an import tells, in order; with `stopAt` it is cancelled when that one begins. */
async function told(workspace: TestWorkspace, source: Source, stopAt?: string): Promise<string[]> {
  await workspace.call('imports.start', source)
  const controller = new AbortController()
  const parts: string[] = []
  const work = runNextJob(workspace.service, {
    modelRoots: [],
    encoderRoots: [],
    signal: controller.signal,
    onProgress: ({ message }) => {
      if (parts.at(-1) !== message) parts.push(message)
      if (message === stopAt) controller.abort('cancel')
    },
  })
  if (stopAt === undefined) await work
  else await expect(work, stopAt).rejects.toMatchObject({ code: 'cancelled' })
  return parts
}

/** All that an import may write, and what lies beside the workspace. */
const state = ({ reader, folder }: TestWorkspace): unknown => ({
  rows: [
    'image',
    'image_root',
    'reference',
    'caption',
    'review',
    'correction',
    'region',
    'annotated_image',
    'model',
    'document_frequency',
    'import_staging',
  ].map((table) => [table, reader.prepare(`SELECT count(*) FROM ${table}`).pluck().get()]),
  files: readdirSync(join(folder, '..', 'given'), { recursive: true }).sort(),
})

test.each([
  ['a folder', 'folder', (root) => ({ kind: 'folder', folder: join(root, 'fresh') })],
  ['captions with photos', 'captions', (root) => ({ kind: 'captions', file: join(root, 'captions.csv'), imageRoot: join(root, 'fresh') })],
  ['a shard, unpacked', 'captions', (root) => ({ kind: 'captions', file: join(root, 'shard.tar'), imageRoot: root, unpackTo: join(root, 'unpacked') })],
  ['results', 'results', (root) => ({ kind: 'results', file: join(root, 'captions.csv'), modelName: 'other' })],
  ['references', 'texts', (root) => ({ kind: 'texts', as: 'references', file: join(root, 'captions.csv') })],
  ['corrections', 'texts', (root) => ({ kind: 'texts', as: 'corrections', file: join(root, 'captions.csv') })],
  ['objects', 'instances', (root) => ({ kind: 'instances', file: join(root, 'instances.json') })],
] as const satisfies readonly (readonly [string, Source['kind'], (root: string) => Source])[])('%s', async (_name, _kind, sourceIn) => {
  const { workspace, root } = await prepared()
  const source: Source = sourceIn(root)
  const other = await prepared()
  const parts = (await told(other.workspace, sourceIn(other.root))).slice(0, -1)
  expect(parts[0]).toMatch(/^Reading /)
  expect(parts.at(-1)).toBe('Writing')
  const before = state(workspace)
  for (const part of parts) {
    await told(workspace, source, part)
    expect(state(workspace), part).toEqual(before)
  }
  await told(workspace, source)
  expect(state(workspace)).not.toEqual(before)
  const written = workspace.events.filter(({ kind }) => kind === 'written')
  expect(written.length).toBeGreaterThan(0)
})
