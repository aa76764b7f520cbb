import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const capstan = resolve(import.meta.dirname, '../../../src/cli/capstan.ts')

function start(userData: string): number | null {
  const { NODE_COMPILE_CACHE: _, ...env } = process.env
  return spawnSync(process.execPath, [capstan, '--help'], { env: { ...env, CAPSTAN_USER_DATA: userData } }).status
}

test('what the command line compiled is kept in the person’s folder', () => {
  const person = temporaryFolder()
  expect(start(person)).toBe(0)
  const [version] = readdirSync(join(person, 'compiled'))
  expect(readdirSync(join(person, 'compiled', version)).length).toBeGreaterThan(10)
})

test('where that folder cannot be made, it starts all the same and keeps nothing', () => {
  const file = join(temporaryFolder(), 'a file')
  writeFileSync(file, '')
  expect(start(join(file, 'person'))).toBe(0)
  expect(existsSync(join(file, 'person'))).toBe(false)
})
