/** An ONNX file whose graph never ends, added from the command line. */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { bytesOf, endlessModel } from '../../support/small-onnx.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const capstan = resolve(import.meta.dirname, '../../../src/cli/capstan.ts')

function wordsFor(folder: string, deadline: number): string[] {
  const file = join(folder, 'endless.onnx')
  writeFileSync(file, bytesOf(endlessModel()))
  return [capstan, 'encoder', 'add', file, '--normalise', 'none', '--encoders', join(folder, 'encoders'), '--deadline', String(deadline)]
}

const left = (folder: string): string[] =>
  existsSync(join(folder, 'encoders')) ? readdirSync(join(folder, 'encoders')).filter((name) => !name.includes('.partial')) : []

test('it is given up at its deadline with a sentence, and nothing is added', { timeout: 60_000 }, () => {
  const folder = temporaryFolder()
  const { status, stderr } = spawnSync(process.execPath, wordsFor(folder, 6), { encoding: 'utf8' })
  expect(stderr).toContain('The encoder did not answer within 6 seconds.')
  expect(status).toBe(1)
  expect(left(folder)).toEqual([])
})

test('one Ctrl+C ends it', { timeout: 60_000 }, async () => {
  const folder = temporaryFolder()
  const child = spawn(process.execPath, wordsFor(folder, 600), { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (data: Buffer) => (said += data.toString()))
  await expect.poll(() => said).toContain('Reading the encoder')
  child.kill('SIGINT')
  expect(await new Promise((resolve) => child.once('close', resolve))).toBe(130)
  expect(said).toContain('Nothing was added.')
  expect(left(folder)).toEqual([])
})
