import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { placeFile, placeFolder, writeWhole, writeWholeSync } from '#engine/files/write-whole.ts'
import { temporaryFolder } from '../../../support/temporary-folder.ts'

test('a file is written with its folders, text or bytes or pieces, and replaces what was there', async () => {
  const folder = temporaryFolder()
  const file = join(folder, 'a', 'b', 'c.txt')
  await writeWhole(file, 'one')
  await writeWhole(file, new Uint8Array([116, 119, 111]))
  expect(readFileSync(file, 'utf8')).toBe('two')
  async function* pieces(): AsyncGenerator<string> {
    yield await Promise.resolve('th')
    yield 'ree'
  }
  await writeWhole(file, pieces())
  expect(readFileSync(file, 'utf8')).toBe('three')
  writeWholeSync(file, 'four')
  expect(readFileSync(file, 'utf8')).toBe('four')
  expect(readdirSync(join(folder, 'a', 'b'))).toEqual(['c.txt'])
})

test('what fails on the way leaves the old file and nothing beside it', async () => {
  const folder = temporaryFolder()
  const file = join(folder, 'kept.txt')
  await writeWhole(file, 'old')
  async function* broken(): AsyncGenerator<string> {
    yield await Promise.resolve('half of the new')
    throw new Error('the disk went away')
  }
  await expect(writeWhole(file, broken())).rejects.toThrow('the disk went away')
  await expect(placeFile(file, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(readFileSync(file, 'utf8')).toBe('old')
  expect(readdirSync(folder)).toEqual(['kept.txt'])
})

test('a folder comes whole, stays where it may not be replaced, and is replaced where it may', async () => {
  const home = temporaryFolder()
  const folder = join(home, 'package')
  const make = (text: string) => (partial: string) => writeWhole(join(partial, 'content'), text)
  await placeFolder(folder, make('one'), { replace: false })
  await expect(placeFolder(folder, make('two'), { replace: false })).rejects.toThrow()
  expect(readFileSync(join(folder, 'content'), 'utf8')).toBe('one')
  await placeFolder(folder, make('three'), { replace: true })
  expect(readFileSync(join(folder, 'content'), 'utf8')).toBe('three')
  expect(readdirSync(home)).toEqual(['package'])
})

test('a folder whose making fails leaves the former one', async () => {
  const home = temporaryFolder()
  const folder = join(home, 'package')
  mkdirSync(folder)
  writeFileSync(join(folder, 'content'), 'one')
  await expect(placeFolder(folder, () => Promise.reject(new Error('no')), { replace: true })).rejects.toThrow('no')
  expect(readdirSync(home)).toEqual(['package'])
  expect(readFileSync(join(folder, 'content'), 'utf8')).toBe('one')
})
