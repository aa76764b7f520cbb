import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readCaptionedImages, selectListed } from '#engine/datasets/captioned-photos.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capstan-data-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))
const file = async (name: string, text: string): Promise<string> => {
  await writeFile(join(folder, name), text)
  return join(folder, name)
}

test('reads a Flickr8k token file, whatever its line ends', async () => {
  const path = await file('tokens.txt', 'b.jpg#0\tA dog .\r\na.jpg#0\tA cat .\nb.jpg#1\tOne dog .\n')
  expect(await readCaptionedImages(path, 'photos')).toEqual([
    { id: null, fileName: 'b.jpg', path: join('photos', 'b.jpg'), captions: ['A dog .', 'One dog .'] },
    { id: null, fileName: 'a.jpg', path: join('photos', 'a.jpg'), captions: ['A cat .'] },
  ])
})

test('names the line of a token file that is at fault', async () => {
  const path = await file('tokens.txt', 'b.jpg#0\tA dog .\nno tab here\n')
  await expect(readCaptionedImages(path, '')).rejects.toThrow('line 2')
})

test('reads COCO captions JSON and ties captions to images by id', async () => {
  const coco = {
    images: [
      { id: 2, file_name: 'x.jpg' },
      { id: 1, file_name: 'y.jpg' },
    ],
    annotations: [
      { id: 1, image_id: 1, caption: 'one' },
      { id: 2, image_id: 2, caption: 'two' },
    ],
  }
  const images = await readCaptionedImages(await file('c.json', JSON.stringify(coco)), '')
  expect(images.map(({ id, captions }) => [id, captions])).toEqual([
    [2, ['two']],
    [1, ['one']],
  ])
})

test('names the key of a COCO file that is at fault', async () => {
  const coco = { images: [{ id: 1, file_name: 'x.jpg' }], annotations: [{ image_id: 1, caption: 5 }] }
  const path = await file('c.json', JSON.stringify(coco))
  await expect(readCaptionedImages(path, '')).rejects.toThrow('annotations.0.caption')
})

test('selects what a list names, in its order, and refuses unknown names', async () => {
  const images = await readCaptionedImages(await file('t.txt', 'a.jpg#0\tx\nb.jpg#0\ty\n'), '')
  expect((await selectListed(images, await file('l.txt', 'b.jpg\n\na.jpg\n'))).map(({ fileName }) => fileName)).toEqual(['b.jpg', 'a.jpg'])
  await expect(selectListed(images, await file('m.txt', 'a.jpg\nc.jpg\n'))).rejects.toThrow('line 2')
})
