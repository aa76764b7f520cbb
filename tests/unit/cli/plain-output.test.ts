/** Names that hold what a terminal obeys come out as plain text, and tables open as text in a spreadsheet. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { csvRows } from '#shared/tables/rows.ts'
import { plain } from '../../../src/cli/plain-output.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const capstan = resolve(import.meta.dirname, '../../../src/cli/capstan.ts')

test('escape characters in the names of files and encoders reach no terminal', { timeout: 60_000 }, () => {
  const home = temporaryFolder()
  const name = '\u001b]0;owned\u0007\u001b[2Jx\u009b31m\u202egnp'
  const folder = join(home, name)
  mkdirSync(folder)
  writeFileSync(join(folder, 'manifest.json'), '{')
  const { stdout, stderr } = spawnSync(process.execPath, [capstan, 'encoder', 'list', '--encoders', home], { encoding: 'utf8' })
  expect(stdout).toContain('x')
  expect(stdout).toContain('cannot be used')

  expect(stdout + stderr).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/)
  const refused = spawnSync(process.execPath, [capstan, 'encoder', 'add', folder], { encoding: 'utf8' })
  expect(refused.status).toBe(1)

  expect(refused.stderr).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/)
})

test('plain text keeps its lines and tabs', () => {
  expect(plain('a\tb\r\nc\rd\u001b[1me')).toBe('a\tb\r\nc�d�[1me')
})

test('cells of a table that a spreadsheet would compute are text; numbers stay numbers', () => {
  const rows = csvRows([['=1+1', '+cmd', '-2+3', '@SUM(A1)', '\tx', 'plain', -0.5, null, 'a,=b']])
  expect(rows).toBe(`'=1+1,'+cmd,'-2+3,'@SUM(A1),'\tx,plain,-0.5,,"a,=b"\r\n`)
})

test('who needs an embedded encoder builds it first, in an installation that has none', { timeout: 300_000 }, () => {
  const project = resolve(import.meta.dirname, '../../..')
  const copy = join(temporaryFolder(), 'capstan')
  mkdirSync(copy)
  for (const part of ['src', 'scripts', 'package.json']) execFileSync('cp', ['-r', join(project, part), copy])
  execFileSync('ln', ['-s', join(project, 'node_modules'), join(copy, 'node_modules')])
  mkdirSync(join(copy, 'models'))
  execFileSync('cp', ['-r', join(project, 'models/base-captioner'), join(copy, 'models')])
  const run = (...words: string[]): { stdout: string; stderr: string; status: number | null } =>
    spawnSync(process.execPath, [join(copy, 'src/cli/capstan.ts'), ...words], { cwd: copy, encoding: 'utf8' })
  expect(run('doctor').stdout).toContain('doctor --build-encoders')
  const searched = run('regions', 'nothing-here.jpg', '--out', 'regions.safetensors')
  expect(searched.stderr).toMatch(/Building the embedded encoders openimages-ssd, coco-ssd \(once\)/)
  expect(searched.stderr).not.toContain('which is not here')
  expect(run('encoder', 'list').stdout).toContain('openimages-ssd')
})
