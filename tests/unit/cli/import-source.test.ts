import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { importSourceOf } from '../../../src/cli/import-source.ts'
import { folderWith } from '../../support/folder-with.ts'

const options = { split: 'none', marked: false }

test('each option of a source says what the file comes in as', async () => {
  expect(await importSourceOf({ ...options, corrections: 'c.csv', columns: 'photo=bild,caption=satz', encoding: 'utf-16le' })).toMatchObject({
    kind: 'texts',
    as: 'corrections',
    file: resolve('c.csv'),
    columns: { photo: 'bild', caption: 'satz' },
    encoding: 'utf-16le',
  })
  expect(await importSourceOf({ ...options, drafts: 'd.json', marked: true })).toMatchObject({ kind: 'texts', as: 'drafts', marked: true })
  expect(await importSourceOf({ ...options, coco: 'c.json', images: 'i', devList: 'd' })).toMatchObject({ kind: 'captions', lists: { dev: resolve('d') } })
  expect(await importSourceOf({ ...options, results: 'r.json', modelName: 'OFA' })).toMatchObject({ kind: 'results', modelName: 'OFA', note: '' })
})

test('what is missing or does not go together is told', async () => {
  await expect(importSourceOf(options)).rejects.toThrow('one source')
  await expect(importSourceOf({ ...options, drafts: 'a', corrections: 'b' })).rejects.toThrow('one source')
  await expect(importSourceOf({ ...options, captions: join(folderWith('a.txt'), 'a.txt') })).rejects.toThrow('folder of the images')
  await expect(importSourceOf({ ...options, captions: 'nowhere' })).rejects.toThrow('cannot be read')
  await expect(importSourceOf({ ...options, drafts: 'a', captionIs: 'word' })).rejects.toThrow('--captionIs')
  await expect(importSourceOf({ ...options, results: 'a' })).rejects.toThrow('no name')
  await expect(importSourceOf({ ...options, drafts: 'a', encoding: 'ebcdic' })).rejects.toThrow('--encoding')
  await expect(importSourceOf({ ...options, drafts: 'a', columns: 'what=x' })).rejects.toThrow('names no column')
})

test('files that hold their photos need no folder of images', async () => {
  const folder = folderWith('a.jpg', 'a.txt')
  expect(await importSourceOf({ ...options, captions: folder, captionIs: 'line' })).toMatchObject({ kind: 'captions', imageRoot: folder, captionIs: 'line' })
})
