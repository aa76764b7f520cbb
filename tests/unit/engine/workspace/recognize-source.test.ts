import { writeFileSync } from 'node:fs'
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

const coco = '{"images": [{"id": 1, "file_name": "one.jpg"}], "annotations": []}'
const tokens = 'one.jpg#0\ta dog\n'
const plain = { encoding: 'utf-8', columns: null, holdsPhotos: false, resultsAlone: false, lists: {} }

test('a captions file finds the images beside it', async () => {
  const folder = folderWith('captions_val2017.json', 'instances_val2017.json', 'val2017/one.jpg')
  const file = join(folder, 'captions_val2017.json')
  writeFileSync(file, coco)
  const expected = { kind: 'captions', ...plain, file, imageRoot: join(folder, 'val2017'), format: 'coco-captions', title: 'COCO captions' }
  expect(await recognizeSource(file)).toEqual(expected)
  expect(await recognizeSource(folder)).toEqual(expected)
})

test('Flickr8k’s files are found together', async () => {
  const folder = folderWith('captions.token.txt', 'train.txt', 'dev.txt', 'images/one.jpg')
  writeFileSync(join(folder, 'captions.token.txt'), tokens)
  expect(await recognizeSource(folder)).toMatchObject({
    kind: 'captions',
    format: 'flickr8k',
    file: join(folder, 'captions.token.txt'),
    imageRoot: join(folder, 'images'),
    lists: { train: join(folder, 'train.txt'), dev: join(folder, 'dev.txt') },
  })
})

test('of several files that would do the first by name is taken, and a captions file is no list', async () => {
  const folder = folderWith('b.token', 'a.train.token.txt', 'z-train.txt', 'val-2.txt', 'val-1.txt', 'photos/one.jpg', 'images/one.jpg')
  writeFileSync(join(folder, 'a.train.token.txt'), tokens)
  expect(await recognizeSource(folder)).toMatchObject({
    kind: 'captions',
    file: join(folder, 'a.train.token.txt'),
    imageRoot: join(folder, 'images'),
    lists: { train: join(folder, 'z-train.txt'), dev: join(folder, 'val-1.txt') },
  })
})

test('a file is what its content is, whatever its name; its encoding and columns are told', async () => {
  const folder = folderWith('a.bin', 'other.csv', 'results.txt')
  const write = async (name: string, content: string | Uint8Array): Promise<unknown> => {
    writeFileSync(join(folder, name), content)
    return recognizeSource(join(folder, name))
  }
  expect(await write('a.bin', coco)).toMatchObject({ format: 'coco-captions' })
  expect(await write('results.txt', '[{"image_id": 1, "caption": "a"}]')).toMatchObject({ format: 'coco-results', resultsAlone: true })
  expect(await write('other.csv', 'bild;satz\na.jpg;ein Hund\n')).toMatchObject({ format: 'table', columns: { names: ['bild', 'satz'], meant: {} } })
  expect(await write('old.csv', Buffer.from('image,caption\na.jpg,un caf\u00e9\n', 'latin1'))).toMatchObject({
    format: 'table',
    encoding: 'windows-1252',
    columns: { meant: { photo: 'image', caption: 'caption' } },
  })
  expect(await write('wide.csv', Buffer.from('\ufeffimage,caption\na.jpg,one\n', 'utf16le'))).toMatchObject({ format: 'table', encoding: 'utf-16le' })
})

test('anything else is refused with what would do', async () => {
  const folder = folderWith('paper.pdf')
  await expect(recognizeSource(join(folder, 'paper.pdf'))).rejects.toMatchObject({ code: 'bad-input', kept: 'Nothing was imported.' })
  await expect(recognizeSource(join(folder, 'gone'))).rejects.toMatchObject({ code: 'not-found' })
})

test('shards, Hugging Face’s folders and photos with texts beside them are told by what is in them', async () => {
  const sidecars = folderWith('a.jpg', 'a.txt')
  expect(await recognizeSource(sidecars)).toMatchObject({ kind: 'captions', format: 'sidecar', file: sidecars, imageRoot: sidecars, holdsPhotos: true })
  const table = folderWith('a.jpg', 'metadata.jsonl')
  writeFileSync(join(table, 'metadata.jsonl'), '{"file_name": "a.jpg", "text": "a dog"}\n')
  expect(await recognizeSource(table)).toMatchObject({ format: 'json-lines', file: join(table, 'metadata.jsonl'), imageRoot: table, holdsPhotos: false })
  const shards = folderWith('00000.tar', '00001.tar')
  expect(await recognizeSource(shards)).toMatchObject({ format: 'webdataset', file: shards, holdsPhotos: true })
})
