import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { photoMatcher } from '#engine/workspace/import/match-photos.ts'
import { importedImage, importImages, testWorkspace } from '../../../support/workspace.ts'

test('a photo is found by its path, its name, its ids as numbers or words, and its content; what could be two is told', async () => {
  const workspace = await testWorkspace()
  const root = join(workspace.folder, 'photos')
  const hash = 'ab12'.repeat(16)
  for (const name of ['a', 'b', 'in/photos']) mkdirSync(join(root, name), { recursive: true })
  await importImages(workspace, [
    importedImage(root, 1, { fileName: 'a/1.jpg', sourceId: 11, furtherIds: [12] }),
    importedImage(root, 2, { fileName: 'b/1.jpg', sourceId: 22 }),
    importedImage(root, 3, { fileName: 'caf\u00e9.jpg', sourceId: 'word' }),
    importedImage(root, 4, { fileName: '100%25#+.jpg', sourceId: 22, contentHash: hash }),
    importedImage(root, 5, { fileName: '5.jpg' }),
    importedImage(root, 6, { fileName: 'in/5.jpg' }),
    importedImage(root, 7, { fileName: 'in/photos/5.jpg' }),
  ])
  const match = photoMatcher(workspace.reader)
  const found = (fileName: string | null, id: number | string | null = null): unknown => {
    const told = match({ fileName, id })
    return told.kind === 'matched' ? told.imageId : told.reason
  }
  // By path: below the image root, with other folders before it, with Windows' separators.
  expect([found('a/1.jpg'), found('b\\1.jpg'), found(join(root, 'b', '1.jpg'))]).toEqual([1, 2, 2])
  // By name, also under a folder that is not its own, and written with other code points.
  expect([found('caf\u0065\u0301.jpg'), found('val2014/caf\u00e9.jpg'), found('100%25#+.jpg')]).toEqual([3, 3, 4])
  // By id, written as a number or a word, and by one that was merged into it.
  expect([found(null, 11), found(null, '11'), found(null, 12), found(null, 'word')]).toEqual([1, 1, 1, 3])
  // By content, where a name is the SHA-256 of a photo.
  expect([found(`${hash}.jpg`), found(hash.toUpperCase())]).toEqual([4, 4])
  // Of several whose paths end in a name, the one that it is the whole path of below its root.
  expect([found('5.jpg'), found('in/5.jpg'), found('in/photos/5.jpg')]).toEqual([5, 6, 7])
  // The name counts before an id of another file; an id decides between two of one name.
  expect([found('caf\u00e9.jpg', 11), found('1.jpg', 22)]).toEqual([3, 2])
  expect(found('1.jpg')).toBe('2 images are called “1.jpg”.')
  expect(found(null, 22)).toBe('2 images have the id 22.')
  expect(found('nobody.jpg', 99)).toBe('No image is called “nobody.jpg” or has the id 99.')
})
