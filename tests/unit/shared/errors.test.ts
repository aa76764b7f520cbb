import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readJson } from '#engine/datasets/json-stream.ts'
import { purposes } from '#engine/datasets/purpose.ts'
import { parseJson } from '#shared/json.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { AppError, errorReportSchema, fromReport, stackOf, toReport } from '#shared/errors.ts'

const thrown = (code: string): Error => Object.assign(new Error(`${code} happened`), { code })

describe('what the system says becomes a report that a person can act on', () => {
  test.each([
    ['ENOSPC', 'disk-full'],
    ['EDQUOT', 'disk-full'],
    ['SQLITE_FULL', 'disk-full'],
    ['ENOENT', 'not-found'],
    ['EACCES', 'not-permitted'],
    ['EROFS', 'not-permitted'],
    ['ENOTDIR', 'bad-input'],
    ['ERR_STRING_TOO_LONG', 'bad-input'],
    ['SQLITE_READONLY_DBMOVED', 'not-permitted'],
    ['SQLITE_CANTOPEN', 'not-permitted'],
    ['SQLITE_IOERR_SHMSIZE', 'unavailable'],
    ['SQLITE_BUSY', 'conflict'],
    ['SQLITE_NOTADB', 'corrupt'],
    ['ENAMETOOLONG', 'bad-input'],
    ['ELOOP', 'bad-input'],
    ['SQLITE_CONSTRAINT_UNIQUE', 'internal'],
  ])('%s: %s', (systemCode, code) => {
    const report = toReport(thrown(systemCode))
    expect(report.code).toBe(code)
    expect(report.todo).not.toBe('')
    expect(report.happened).toMatch(/^[A-Z].*[.!?d]$/u)
  })
})

describe('bad input of any kind is no defect', () => {
  const reported = (work: () => unknown): Promise<string> =>
    Promise.resolve()
      .then(work)
      .then(() => 'nothing', toReport)
      .then((report) => (typeof report === 'string' ? report : report.code))
  const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels)
  test('a path that is too long, or holds what no path may hold', async () => {
    expect(await reported(() => readFile(`/tmp/${'a'.repeat(300)}`))).toBe('bad-input')
    expect(await reported(() => readFile('/tmp/a\0b'))).toBe('bad-input')
    expect(await reported(() => readFile('/dev/fd/999/x'))).not.toBe('internal')
  })
  test('a socket, a pipe and a device where a file should be', async () => {
    const { readRegular } = await import('#engine/files/regular-file.ts')
    const folder = temporaryFolder()
    execFileSync('mkfifo', [join(folder, 'pipe')])
    const server = createServer().listen(join(folder, 'socket'))
    await once(server, 'listening')
    for (const path of [join(folder, 'pipe'), join(folder, 'socket'), '/dev/zero', folder])
      expect(await reported(() => readRegular(path)), path).toBe('bad-input')
    server.close()
    expect((await readRegular('/proc/self/stat')).length).toBeGreaterThan(10)
  })
  test('JSON that is nested too deeply is said to be, wherever it is read', async () => {
    expect(() => parseJson(deep(100_000))).toThrow(/200 levels/)
    expect(parseJson(deep(200))).toHaveLength(1)
    expect(parseJson(JSON.stringify('['.repeat(1000)))).toHaveLength(1000)
    const file = join(temporaryFolder(), 'deep.json')
    writeFileSync(file, `{"images":[{"id":1,"x":${deep(100_000)}}],"annotations":[]}`)
    const read = async (): Promise<void> => {
      for await (const step of readJson(file, { lists: ['images'], purpose: purposes.import })) expect(step).toBeDefined()
    }
    expect(await reported(read)).toBe('bad-input')
    const down = (value: number): number => 1 + down(value)
    expect(await reported(() => down(0))).toBe('bad-input')
  })
  test('a file of captions that is a pipe or a device is refused at once', async () => {
    const pipe = join(temporaryFolder(), 'captions.json')
    execFileSync('mkfifo', [pipe])
    for (const path of [pipe, '/dev/zero']) {
      const read = async (): Promise<void> => {
        for await (const step of readJson(path, { lists: ['images'], purpose: purposes.import })) expect(step).toBeDefined()
      }
      expect(await reported(read), path).toBe('bad-input')
    }
  })
})

describe('details', () => {
  test('an unexpected error has its stack and those of its causes', () => {
    const { details } = toReport(new Error('outer', { cause: new TypeError('inner', { cause: 'a word' }) }))
    expect(details).toMatch(/^Error: outer\n +at [^]*\nCaused by: TypeError: inner\n +at [^]*\nCaused by: a word$/)
  })

  test('an expected error has none, unless something caused it', () => {
    expect(new AppError('bad-input', 'The value is odd.').report()).not.toHaveProperty('details')
    expect(new AppError('corrupt', 'The file is damaged.', { cause: new Error('at byte 7') }).report().details).toContain('Caused by: Error: at byte 7')
    expect(new AppError('internal', 'Nobody answers.').report().details).toContain('AppError: Nobody answers.')
  })

  test('survive any number of borders, and a database', () => {
    const report = toReport(new Error('here'))
    const across = toReport(fromReport(errorReportSchema.parse(JSON.parse(JSON.stringify(report)))))
    expect(across).toEqual(report)
  })

  test('of another process stay those of that process where its error is a cause here', () => {
    const remote = fromReport({ code: 'internal', happened: 'there', kept: '', todo: '', details: 'Error: there\n    at worker.ts' })
    expect(stackOf(new AppError('conflict', 'here', { cause: remote }))).toMatch(/^AppError: here\n[^]*\nCaused by: Error: there\n    at worker\.ts$/)
  })

  test('end somewhere: causes in a circle, stacks without end', () => {
    const first = new Error('first')
    first.cause = new Error('second', { cause: first })
    expect(stackOf(first).length).toBeLessThanOrEqual(8000)
    const long = new Error('long')
    long.stack = 'x'.repeat(100_000)
    expect(stackOf(long)).toHaveLength(8000)
  })
})
