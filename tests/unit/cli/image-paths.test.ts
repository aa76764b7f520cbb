import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { readPhoto } from '#engine/files/photo-file.ts'
import { imagePaths, photoNames } from '../../../src/cli/image-paths.ts'
import { writeHuggingFaceParquet, writeTar } from '../../support/packed-files.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

test('photos are named one by one, by their folder, or by the tar or Parquet file that holds them', async () => {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'set', 'sub'), { recursive: true })
  for (const name of ['b.jpg', 'sub/a.png', 'notes.txt']) writeFileSync(join(folder, 'set', name), name)
  await writeTar(join(folder, 'set', 'shard.tar'), { '1.jpg': 'one', '1.txt': 'a dog', 'sub/2.jpg': 'two' })
  writeHuggingFaceParquet(join(folder, 'train.parquet'), [{ bytes: new Uint8Array([7]), path: 'x.jpg', text: 'c' }])
  const below = ['b.jpg', 'shard.tar/1.jpg', 'shard.tar/sub/2.jpg', 'sub/a.png'].map((name) => join(folder, 'set', name))
  expect(await imagePaths([join(folder, 'set')])).toEqual(below)
  expect(await imagePaths([join(folder, 'set', 'shard.tar')])).toEqual(below.slice(1, 3))
  expect(await imagePaths([join(folder, 'set', 'shard.tar', 'sub', '2.jpg')])).toEqual([below[2]])
  const [row] = await imagePaths([join(folder, 'train.parquet')])
  expect([...(await readPhoto(row))]).toEqual([7])
  expect([...photoNames(below).values()]).toEqual(['b.jpg', '1.jpg', '2.jpg', 'a.png'])
})

test('a tar file that cannot be read is named, and nothing to look at is refused', async () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'bad.tar'), 'x'.repeat(2000))
  let told = ''
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => (told += String(text)) !== '')
  await expect(imagePaths([folder])).rejects.toThrow('There is no photo')
  vi.restoreAllMocks()
  expect(told).toContain('bad.tar: it is no tar file.')
  await expect(imagePaths([join(folder, 'nowhere.jpg')])).rejects.toThrow('does not exist')
})
