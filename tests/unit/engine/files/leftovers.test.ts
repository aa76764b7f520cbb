import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { removeLeftovers } from '#engine/files/leftovers.ts'
import { placeFile, placeFolder, writeWhole } from '#engine/files/write-whole.ts'
import { leftover } from '../../../support/leftover.ts'
import { temporaryFolder } from '../../../support/temporary-folder.ts'

/** A folder that holds one file. */
function packageOf(folder: string, text: string): void {
  mkdirSync(folder)
  writeFileSync(join(folder, 'content'), text)
}

test('what a killed write left goes, what a write under way makes and what others name like it stays', async () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, leftover('a.json')), 'half')
  writeFileSync(join(folder, `${leftover('workspace.db')}-journal`), 'half')
  packageOf(join(folder, leftover('model')), 'half')
  writeFileSync(join(folder, 'mine.partial'), 'a person’s own')
  await placeFile(join(folder, 'b.json'), async (partial) => {
    writeFileSync(partial, 'whole')
    await removeLeftovers(folder)
  })
  expect(readdirSync(folder).sort()).toEqual(['b.json', 'mine.partial'])
})

test('a folder that went aside for one that never came is put back, at the next start and at the next write', async () => {
  const folder = temporaryFolder()
  packageOf(join(folder, leftover('model', 'former')), 'old')
  packageOf(join(folder, leftover('model')), 'new')
  await removeLeftovers(folder)
  expect(readdirSync(folder)).toEqual(['model'])
  expect(readFileSync(join(folder, 'model', 'content'), 'utf8')).toBe('old')

  packageOf(join(folder, leftover('other', 'former')), 'old')
  const writing = placeFolder(join(folder, 'other'), () => Promise.reject(new Error('no')), { replace: true })
  await expect(writing).rejects.toThrow('no')
  expect(readFileSync(join(folder, 'other', 'content'), 'utf8')).toBe('old')
})

test('a folder that went aside for one that came is removed', async () => {
  const folder = temporaryFolder()
  packageOf(join(folder, leftover('model', 'former')), 'old')
  packageOf(join(folder, 'model'), 'new')
  await removeLeftovers(folder)
  expect(readdirSync(folder)).toEqual(['model'])
  expect(readFileSync(join(folder, 'model', 'content'), 'utf8')).toBe('new')
})

test('the next write of a file removes what was left of the one before', async () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, leftover('results.json')), 'half')
  writeFileSync(join(folder, leftover('other.json')), 'half')
  await writeWhole(join(folder, 'results.json'), 'whole')
  expect(readdirSync(folder).sort()).toEqual([leftover('other.json'), 'results.json'])
})
