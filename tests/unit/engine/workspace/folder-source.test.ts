import type * as FileSystem from 'node:fs/promises'
import { opendir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { readFolderSource } from '#engine/workspace/import/folder-source.ts'
import { folderWith } from '../../../support/folder-with.ts'
import { temporaryFolder } from '../../../support/temporary-folder.ts'

// Whoever may read everything (root) meets no folder that refuses: the refusal is made up.
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof FileSystem>()
  return { ...real, opendir: vi.fn(real.opendir) }
})

function refuse(folder: string, code: string): void {
  const real = vi.mocked(opendir).getMockImplementation()!
  vi.mocked(opendir).mockImplementation((...given: Parameters<typeof opendir>) =>
    given[0] === folder ? Promise.reject(Object.assign(new Error(`${code}: refused, opendir '${folder}'`), { code })) : real(...given),
  )
}

test('the images of a folder and its sub-folders come as people sort them', async () => {
  const folder = folderWith('b10.jpg', 'b9.jpg', 'a/one.PNG', 'a/notes.txt', '.hidden/two.jpg')
  const { root, images } = await readFolderSource({ kind: 'folder', folder, split: 'none' })
  expect(root).toBe(folder)
  expect([...images.each()].map(({ fileName }) => fileName)).toEqual([join('a', 'one.PNG'), 'b9.jpg', 'b10.jpg'])
})

test('a sub-folder that cannot be read is named, with what to do about it', async () => {
  const folder = folderWith('one.jpg', 'holiday/private/two.jpg')
  const closed = join(folder, 'holiday/private')
  refuse(closed, 'EACCES')
  await expect(readFolderSource({ kind: 'folder', folder, split: 'none' })).rejects.toMatchObject({
    code: 'not-permitted',
    message: `The sub-folder ${closed} cannot be read (EACCES).`,
    kept: 'Nothing was imported.',
    todo: `Give yourself permission to read it, or move it out of ${folder}, and import again.`,
  })
})

test('a folder that is not there is named itself', async () => {
  const folder = join(temporaryFolder(), 'gone')
  await expect(readFolderSource({ kind: 'folder', folder, split: 'none' })).rejects.toMatchObject({
    code: 'not-found',
    message: `The folder ${folder} cannot be read (ENOENT).`,
  })
})
