import { describe, expect, test } from 'vitest'
import { toReport } from '#shared/errors.ts'

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
