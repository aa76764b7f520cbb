import { join } from 'node:path'
import { expect, test } from 'vitest'
import { recognizeSource } from '#engine/workspace/import/recognize-source.ts'
import { folderWith } from '../../../support/folder-with.ts'

test('a folder of photos is a folder; a photo stands for its folder', async () => {
  const folder = folderWith('one.jpg', 'two.PNG')
  expect(await recognizeSource(folder)).toEqual({ kind: 'folder', folder })
  expect(await recognizeSource(join(folder, 'two.PNG'))).toEqual({ kind: 'folder', folder })
})

test('a workspace is opened by its folder or its database', async () => {
  const folder = folderWith('workspace.db', 'models/one/manifest.json')
  expect(await recognizeSource(folder)).toEqual({ kind: 'workspace', folder })
  expect(await recognizeSource(join(folder, 'workspace.db'))).toEqual({ kind: 'workspace', folder })
})

test('a captions file finds the images beside it', async () => {
  const folder = folderWith('captions_val2017.json', 'instances_val2017.json', 'val2017/one.jpg')
  const expected = { kind: 'coco', file: join(folder, 'captions_val2017.json'), imageRoot: join(folder, 'val2017') }
  expect(await recognizeSource(join(folder, 'captions_val2017.json'))).toEqual(expected)
  expect(await recognizeSource(folder)).toEqual(expected)
})

test('Flickr8k’s files are found together', async () => {
  const folder = folderWith('captions.token.txt', 'train.txt', 'dev.txt', 'images/one.jpg')
  expect(await recognizeSource(folder)).toEqual({
    kind: 'flickr8k',
    captions: join(folder, 'captions.token.txt'),
    imageRoot: join(folder, 'images'),
    lists: { train: join(folder, 'train.txt'), dev: join(folder, 'dev.txt') },
  })
})

test('of several files that would do the first by name is taken, and a captions file is no list', async () => {
  const folder = folderWith('b.token', 'a.train.token.txt', 'z-train.txt', 'val-2.txt', 'val-1.txt', 'photos/one.jpg', 'images/one.jpg')
  expect(await recognizeSource(folder)).toEqual({
    kind: 'flickr8k',
    captions: join(folder, 'a.train.token.txt'),
    imageRoot: join(folder, 'images'),
    lists: { train: join(folder, 'z-train.txt'), dev: join(folder, 'val-1.txt') },
  })
})

test('anything else is refused with what would do', async () => {
  const folder = folderWith('paper.pdf')
  await expect(recognizeSource(join(folder, 'paper.pdf'))).rejects.toMatchObject({ code: 'bad-input', kept: 'Nothing was imported.' })
  await expect(recognizeSource(join(folder, 'gone'))).rejects.toMatchObject({ code: 'not-found' })
})
