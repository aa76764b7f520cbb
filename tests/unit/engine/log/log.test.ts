import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { logFolder } from '#engine/log/log-place.ts'

let folder: string
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'capstan-logs-'))))
afterEach(() => rm(folder, { recursive: true }))

/** Runs code in a process of its own, which sees the log's functions. */
async function inProcess(code: string): Promise<string> {
  const program = join(folder, 'program.ts')
  const module = JSON.stringify(resolve('src/engine/log/log.ts'))
  await writeFile(program, `import { openLog, logError, logReport, logSlow, logNote } from ${module}\n${code}`)
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [program], { env: { ...process.env, CAPSTAN_LOGS: join(folder, 'logs') } })
  return `${stdout}${stderr}`
}

const logged = (name = 'capstan.log'): Promise<string> => readFile(join(folder, 'logs', name), 'utf8')

describe('the log', () => {
  test('holds the lines of several processes, each with its time, level and process', async () => {
    await inProcess("openLog('one'); logNote('starts')")
    await inProcess("openLog('two'); logSlow('SELECT 1', 250.4)")
    const time = '\\d{4}-\\d{2}-\\d{2} \\d{2}:\\d{2}:\\d{2}\\.\\d{3}'
    expect(await logged()).toMatch(new RegExp(`^${time} info one: starts\n${time} info two: slow, 250 ms: SELECT 1\n$`))
  })

  test('holds an error’s stack, and prints it where that is asked for', async () => {
    expect(await inProcess("openLog('one'); logError('here', new Error('quiet'))")).toBe('')
    expect(await inProcess("openLog('two', { echo: true }); logError('there', new Error('loud'))")).toMatch(/two: there: Error: loud\n +at /)
    expect(await logged()).toMatch(/error one: here: Error: quiet\n +at [^]*error two: there: Error: loud\n +at /)
  })

  test('is written whole before a process dies', async () => {
    await inProcess("openLog('one'); logError('last words', new Error('x')); process.kill(process.pid, 'SIGKILL')").catch(() => undefined)
    expect(await logged()).toContain('last words')
  })

  test('is not written by a process that did not open it', async () => {
    await inProcess("logError('here', new Error('x'))")
    await expect(readdir(join(folder, 'logs'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('that is full becomes the first of the kept ones; the oldest goes', async () => {
    await inProcess("openLog('one'); for (let round = 1; round <= 6; round++) logNote(`round ${round} ${'x'.repeat(2 * 1024 * 1024)}`); logNote('goes on')")
    expect((await readdir(join(folder, 'logs'))).sort()).toEqual(['capstan.1.log', 'capstan.2.log', 'capstan.3.log', 'capstan.4.log', 'capstan.log'])
    expect(await logged()).toMatch(/^\S+ \S+ info one: goes on\n$/)
    expect(await logged('capstan.1.log')).toContain('round 6 ')
    expect(await logged('capstan.4.log')).toContain('round 3 ')
  })

  test('that another process has just rotated is not rotated again', async () => {
    const other = "renameSync(log, log.replace('capstan.log', 'capstan.1.log')); writeFileSync(log, 'short\\n');"
    await inProcess(`
      import { renameSync, writeFileSync } from 'node:fs'
      const log = ${JSON.stringify(join(folder, 'logs', 'capstan.log'))}
      openLog('one'); logNote('y'.repeat(2 * 1024 * 1024)); ${other} logNote('goes on')`)
    expect(await logged()).toMatch(/^short\n\S+ \S+ info one: goes on\n$/)
  })
})

describe('its place', () => {
  test('is the same for the window and the command line, on each system', () => {
    expect(logFolder({}, 'linux', '/home/ada')).toBe('/home/ada/.config/Capstan/logs')
    expect(logFolder({ XDG_CONFIG_HOME: '/config' }, 'linux', '/home/ada')).toBe('/config/Capstan/logs')
    expect(logFolder({}, 'darwin', '/Users/ada')).toBe('/Users/ada/Library/Application Support/Capstan/logs')
    expect(logFolder({ APPDATA: '/roaming' }, 'win32', '/Users/ada')).toBe('/roaming/Capstan/logs')
  })

  test('can be chosen, with the person’s folder or alone', () => {
    expect(logFolder({ CAPSTAN_USER_DATA: '/user' }, 'linux', '/home/ada')).toBe('/user/logs')
    expect(logFolder({ CAPSTAN_USER_DATA: '/user', CAPSTAN_LOGS: '/logs' }, 'linux', '/home/ada')).toBe('/logs')
  })
})
