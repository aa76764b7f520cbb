import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readPhotoIds } from '#engine/datasets/photo-ids.ts'
import { listPhotos } from '#engine/datasets/photo-listing.ts'
import { commonFolder, openPhotoFolder, pathInside } from '#engine/datasets/photo-paths.ts'
import { purposes } from '#engine/datasets/purpose.ts'
import { folderWith } from '../../../support/folder-with.ts'
import { temporaryFolder } from '../../../support/temporary-folder.ts'

test('hostile names are found as they are written', async () => {
  const names = ['cat+dog.png', 'a#b.jpg', '100%25.jpg', '100%.jpg', 'a b/ä ö.jpg', '"quoted".jpg', '=1+1.jpg', 'ねこ.jpg']
  const root = folderWith(...names)
  const { find } = openPhotoFolder(root)
  for (const name of names) expect(await find(name), name).toBe(join(root, name))
  expect(await find('100%2525.jpg')).toBeNull()
})

test('separators of Windows, the root’s own name, NFC and NFD are the same photo', async () => {
  const root = join(folderWith('val2014/img/a.jpg', `val2014/${'é.jpg'.normalize('NFD')}`), 'val2014')
  const { find } = openPhotoFolder(root)
  expect(await find('img\\a.jpg')).toBe(join(root, 'img', 'a.jpg'))
  expect(await find('val2014/img/a.jpg')).toBe(join(root, 'img', 'a.jpg'))
  expect(await find('é.jpg'.normalize('NFC'))).toBe(join(root, 'é.jpg'.normalize('NFD')))
})

test('a name that leads out of the folder finds nothing', async () => {
  const folder = folderWith('secret.jpg', 'photos/a.jpg')
  const root = join(folder, 'photos')
  expect(await openPhotoFolder(root).find('../secret.jpg')).toBeNull()
  expect(await openPhotoFolder(root).find('..\\secret.jpg')).toBeNull()
  expect(pathInside(root, join(folder, 'secret.jpg'))).toBeNull()
  expect(pathInside(root, '')).toBeNull()
})

test('links inside a folder are followed once; those that lead out, in a circle or nowhere are told', async () => {
  const folder = folderWith('set/real/a.jpg', 'set/b.jfif', 'set/c.JPE', 'set/d.bmp', 'outside/x.jpg')
  const set = join(folder, 'set')
  mkdirSync(join(set, 'sub'))
  symlinkSync('../real/a.jpg', join(set, 'sub', 'link.jpg'))
  symlinkSync('..', join(set, 'sub', 'circle'))
  symlinkSync(join(folder, 'outside'), join(set, 'out'))
  symlinkSync('nowhere.jpg', join(set, 'broken.jpg'))
  const { paths, leftOut } = await listPhotos(set, purposes.import)
  expect(paths.sort()).toEqual(['b.jfif', 'c.JPE', 'd.bmp', 'real/a.jpg', 'sub/link.jpg'].map((name) => join(set, name)))
  expect(leftOut.map(({ path }) => path).sort()).toEqual(['broken.jpg', 'out', 'sub/circle'].map((name) => join(set, name)))
})

test('ids belong to the photos whose paths end in the names of the file', async () => {
  const folder = temporaryFolder()
  const file = join(folder, 'ids.json')
  writeFileSync(
    file,
    JSON.stringify({
      images: [
        { id: 1, file_name: 'a/1.jpg' },
        { id: 'two', file_name: 'b\\1.jpg' },
      ],
    }),
  )
  const ids = await readPhotoIds(file, ['/x/a/1.jpg', '/x/b/1.jpg'])
  expect([...ids]).toEqual([
    ['/x/a/1.jpg', 1],
    ['/x/b/1.jpg', 'two'],
  ])
  await expect(readPhotoIds(file, ['/x/c/1.jpg'])).rejects.toThrow('has no image of the name 1.jpg')
  writeFileSync(file, JSON.stringify({ images: [{ id: 1, file_name: '1.jpg' }] }))
  await expect(readPhotoIds(file, ['/x/a/1.jpg', '/x/b/1.jpg'])).rejects.toThrow('means two photos by “1.jpg”')
})

test('the folder that several have in common', () => {
  expect(commonFolder(['/x/a', '/x/b/c'])).toBe('/x')
  expect(commonFolder(['/x', '/x/b'])).toBe('/x')
  expect(commonFolder(['/x/ab', '/x/abc'])).toBe('/x')
})
