import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const capstan = resolve(import.meta.dirname, '../../../src/cli/capstan.ts')

test('doctor says where the log is, what is here, and ends with 1 where something is wrong', { timeout: 60_000 }, () => {
  const folder = temporaryFolder()
  const logs = join(folder, 'logs')
  for (const name of ['models', 'encoders']) mkdirSync(join(folder, name))
  const words = ['doctor', '--models', join(folder, 'models'), '--encoders', join(folder, 'encoders')]
  const { stdout, status } = spawnSync(process.execPath, [capstan, ...words], { encoding: 'utf8', env: { ...process.env, CAPSTAN_LOGS: logs } })
  const lines = stdout.split('\n').map((line) => line.trim().split(/\s+/))
  expect(lines).toContainEqual(['ok', 'log', join(logs, 'capstan.log')])
  expect(lines.filter(([verdict]) => verdict === 'BAD').map(([, subject]) => subject)).toEqual(['encoder'])
  expect(status).toBe(1)
})

test('doctor --providers measures the CPU where nothing else is there, and says what is proposed', { timeout: 300_000 }, () => {
  const folder = temporaryFolder()
  const words = ['doctor', '--providers', '--models', folder, '--encoders', folder]
  const { stdout } = spawnSync(process.execPath, [capstan, ...words], { encoding: 'utf8', env: { ...process.env, CAPSTAN_LOGS: join(folder, 'logs') } })
  expect(stdout).toMatch(/^CPU +training steps: \d+\.\d\d a second$/m)
  expect(stdout).toMatch(/^CPU +photos encoded: failed \(/m) // this folder holds no encoder
  expect(stdout.trimEnd().split('\n').at(-1)).toMatch(
    /^(Only the CPU runs models on this machine\.|The CPU stays: .*|.* times as fast as the CPU, and agrees with it\.)$/,
  )
})
