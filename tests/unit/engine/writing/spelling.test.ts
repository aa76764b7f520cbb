import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { listDictionaries, readDictionary, shippedDictionary } from '#engine/writing/dictionaries.ts'
import { createSpeller, type Speller } from '#engine/writing/spelling.ts'

let english: Speller
beforeAll(async () => {
  english = createSpeller(await readDictionary(shippedDictionary, null))
})
const nothing = (): boolean => false

test('an unknown word is marked where it stands', () => {
  expect(english.check('a man is snowbording', nothing)).toEqual([{ word: 'snowbording', start: 9, length: 11 }])
})

test('names in lower case, possessives, compounds and numbers are right', () => {
  expect(english.check('a dog’s frisbee, 3 co-workers, a 3d film on file_1 in january', nothing)).toEqual([])
})

test('words that the project knows are never marked, whatever their capitals', () => {
  expect(english.check('A Labradoodle sits', (word) => word === 'labradoodle')).toEqual([])
})

test('suggestions keep the lower case of the word', () => {
  expect(english.suggest('snowbording')[0]).toBe('snowboarding')
})

test('a folder of Hunspell files brings its dictionaries, in their own encoding', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'capstan-dictionaries-'))
  writeFileSync(join(folder, 'xx_YY.aff'), 'SET ISO8859-1\nTRY aeb\n', 'latin1')
  writeFileSync(join(folder, 'xx_YY.dic'), '2\nmädchen\nhund\n', 'latin1')
  writeFileSync(join(folder, 'alone.dic'), '1\na\n')
  expect(await listDictionaries(folder)).toEqual(['en', 'xx_YY'])
  const speller = createSpeller(await readDictionary('xx_YY', folder))
  expect(speller.check('mädchen hund katze', nothing).map(({ word }) => word)).toEqual(['katze'])
})

test('files that are no dictionary, and names that lead elsewhere, are refused in one sentence', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'capstan-dictionaries-'))
  writeFileSync(join(folder, 'bad.aff'), 'SET UTF-8\n')
  writeFileSync(join(folder, 'bad.dic'), Buffer.from([0x89, 0x50, 0x4e, 0x47]))
  await expect(readDictionary('bad', folder)).rejects.toMatchObject({ code: 'bad-input' })
  await expect(readDictionary('../bad', folder)).rejects.toMatchObject({ code: 'not-found' })
  await expect(readDictionary('missing', folder)).rejects.toMatchObject({ code: 'not-found' })
})
