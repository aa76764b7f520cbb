import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { importSourceOf } from '../../../src/cli/import-source.ts'

const options = { split: 'none', marked: false }

test('each option of a source says what the file comes in as', () => {
  expect(importSourceOf({ ...options, corrections: 'c.csv', columns: 'photo=bild,caption=satz', encoding: 'utf-16le' })).toMatchObject({
    kind: 'texts',
    as: 'corrections',
    file: resolve('c.csv'),
    columns: { photo: 'bild', caption: 'satz' },
    encoding: 'utf-16le',
  })
  expect(importSourceOf({ ...options, drafts: 'd.json', marked: true })).toMatchObject({ kind: 'texts', as: 'drafts', marked: true })
  expect(importSourceOf({ ...options, coco: 'c.json', images: 'i', devList: 'd' })).toMatchObject({ kind: 'captions', lists: { dev: resolve('d') } })
  expect(importSourceOf({ ...options, results: 'r.json', modelName: 'OFA' })).toMatchObject({ kind: 'results', modelName: 'OFA', note: '' })
})

test('what is missing or does not go together is told', () => {
  expect(() => importSourceOf(options)).toThrow('one source')
  expect(() => importSourceOf({ ...options, drafts: 'a', corrections: 'b' })).toThrow('one source')
  expect(() => importSourceOf({ ...options, captions: 'a' })).toThrow('folder of the images')
  expect(() => importSourceOf({ ...options, results: 'a' })).toThrow('no name')
  expect(() => importSourceOf({ ...options, drafts: 'a', encoding: 'ebcdic' })).toThrow('--encoding')
  expect(() => importSourceOf({ ...options, drafts: 'a', columns: 'what=x' })).toThrow('names no column')
})
