import { existsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeFolder } from '#engine/workspace/storage/make-folder.ts'
import { temporaryFolder } from '../../../../support/temporary-folder.ts'

test('missing parents are made, and what is there stays', () => {
  const folder = join(temporaryFolder(), 'a', 'b', 'c')
  makeFolder(folder)
  makeFolder(folder)
  expect(statSync(folder).isDirectory()).toBe(true)
})

test('a file in the way is named', () => {
  const file = join(temporaryFolder(), 'notes.txt')
  writeFileSync(file, '')
  expect(() => makeFolder(join(file, 'workspace'))).toThrow(`${file} is a file, so that no folder can be made there.`)
})

test.skipIf(!existsSync('/proc/self'))('where no folder can be made that is said, and soon', () => {
  expect(() => makeFolder('/proc/capstan/workspace')).toThrow('The folder /proc/capstan cannot be made')
})
