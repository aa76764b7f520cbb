import { describe, expect, test } from 'vitest'
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
    ['SQLITE_CONSTRAINT_UNIQUE', 'internal'],
  ])('%s: %s', (systemCode, code) => {
    const report = toReport(thrown(systemCode))
    expect(report.code).toBe(code)
    expect(report.todo).not.toBe('')
    expect(report.happened).toMatch(/^[A-Z].*[.!?d]$/u)
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
