/** What an import reads and holds, counted: nothing of it may grow with the square, nor with the source. */
import { copyFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import { runNextJob } from '#engine/jobs/run-inline.ts'
import { readCaptionsSource } from '#engine/workspace/import/captions-source.ts'
import { readFolderSource } from '#engine/workspace/import/folder-source.ts'
import { rowsHeld } from '#engine/workspace/import/source-images.ts'
import type { VerbInput } from '#shared/api.ts'
import { captionsSourceSchema } from '#shared/exchange.ts'
import { statementsRun } from '../../../../support/statements-run.ts'
import { temporaryFolder } from '../../../../support/temporary-folder.ts'
import { testWorkspace, type TestWorkspace } from '../../../../support/workspace.ts'

const copies = 60

async function runImport(workspace: TestWorkspace, source: VerbInput<'imports.start'>): Promise<Record<string, string | number>> {
  await workspace.call('imports.start', source)
  return (await runNextJob(workspace.service, { modelRoots: [], encoderRoots: [] }))!.result
}

/** A folder of photos that are all the same one. */
async function sameMany(folder: string, colour: number): Promise<string> {
  mkdirSync(folder, { recursive: true })
  const path = (index: number): string => join(folder, `p${index}.png`)
  await sharp({ create: { width: 1, height: 1, channels: 3, background: { r: colour, g: 0, b: 0 } } }).toFile(path(0))
  for (let index = 1; index < copies; index++) copyFileSync(path(0), path(index))
  return folder
}

test('many copies of one photo, moved, are found again one for one and not compared each with each', async () => {
  const workspace = await testWorkspace()
  const root = await sameMany(join(workspace.folder, '..', 'photos'), 1)
  await runImport(workspace, { kind: 'folder', folder: root, split: 'dev' })
  renameSync(root, `${root} moved`)
  const run = statementsRun()
  expect(await runImport(workspace, { kind: 'folder', folder: `${root} moved`, split: 'none' })).toMatchObject({ added: 0, updated: copies, moved: copies })
  expect(run.rows).toBeLessThan(20 * copies)
  const names = workspace.reader.prepare('SELECT id, path FROM image ORDER BY id').all() as { id: number; path: string }[]
  expect(names.map(({ path }) => path)).toEqual(Array.from({ length: copies }, (_, index) => join(`${root} moved`, `p${index}.png`)))
})

test('what was done is looked through once, however many photos were replaced', async () => {
  const workspace = await testWorkspace()
  const root = await sameMany(join(workspace.folder, '..', 'photos'), 1)
  await runImport(workspace, { kind: 'folder', folder: root, split: 'none' })
  await sameMany(root, 2)
  const run = statementsRun()
  expect(await runImport(workspace, { kind: 'folder', folder: root, split: 'none' })).toMatchObject({ updated: copies, changed: copies })
  expect(run.begunWith('DELETE FROM action WHERE')).toBe(1)
})

test('a source is held in pieces, its photos in order with all their captions, also those that stand before them', async () => {
  const folder = temporaryFolder()
  const count = 3 * rowsHeld + 1
  const name = (id: number): string => `p${id}.png`
  for (let id = 1; id <= count; id++) writeFileSync(join(folder, name(id)), 'x')
  const captions = (turn: string): object[] => Array.from({ length: count }, (_, index) => ({ image_id: count - index, caption: `${turn} ${count - index}` }))
  const images = Array.from({ length: count }, (_, index) => ({ id: index + 1, file_name: name(index + 1) }))
  const file = join(folder, 'captions.json')
  writeFileSync(file, JSON.stringify({ annotations: [...captions('first'), ...captions('second')], images }))
  const run = statementsRun()
  const source = await readCaptionsSource(captionsSourceSchema.parse({ kind: 'captions', file, imageRoot: folder }))
  let id = 0
  for (const image of source.images.each()) {
    id += 1
    expect([image.sourceId, image.fileName, image.references.map(({ text }) => text)]).toEqual([id, name(id), [`first ${id}`, `second ${id}`]])
  }
  source.images.close()
  const listed = await readFolderSource({ kind: 'folder', folder, split: 'none' })
  expect([...listed.images.each()].map(({ fileName }) => fileName)).toEqual(images.map(({ file_name }) => file_name))
  listed.images.close()
  expect([id, run.mostRows]).toEqual([count, rowsHeld])
})
