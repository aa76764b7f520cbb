import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { connect } from '#engine/workspace/storage/database.ts'
import { timedMethod } from '#engine/workspace/storage/slow-queries.ts'

test('a slow statement is noted with its SQL on one line, and without its values', () => {
  const database = connect(':memory:', {})
  const statement = database.prepare('SELECT ?\n  AS text')
  const noted: string[] = []
  const get = timedMethod(statement.get, 0, (what) => void noted.push(what))
  expect(get.call(statement, 'a dog runs')).toEqual({ text: 'a dog runs' })
  expect(noted).toEqual(['SELECT ? AS text'])
  database.close()
})

test('a process with a log finds its slow statements in it, and no others', async () => {
  const logs = await mkdtemp(join(tmpdir(), 'capstan-logs-'))
  const program = `
    import { openLog } from ${JSON.stringify(resolve('src/engine/log/log.ts'))}
    import { connect } from ${JSON.stringify(resolve('src/engine/workspace/storage/database.ts'))}
    openLog('trial')
    const database = connect(':memory:', {})
    database.function('wait', (text) => { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 150); return text })
    database.prepare('SELECT wait(?)').get('a dog runs')
    database.prepare('SELECT wait(?) AS again').all('a dog runs')`
  execFileSync(process.execPath, ['--input-type=module', '--eval', program], { env: { ...process.env, CAPSTAN_LOGS: logs } })
  const lines = (await readFile(join(logs, 'capstan.log'), 'utf8')).trim().split('\n')
  expect(lines).toEqual([
    expect.stringMatching(/ info trial: slow, \d+ ms: SELECT wait\(\?\)$/),
    expect.stringMatching(/ info trial: slow, \d+ ms: SELECT wait\(\?\) AS again$/),
  ])
  await rm(logs, { recursive: true })
})
