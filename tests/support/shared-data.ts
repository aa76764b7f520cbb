/** Where the shared test data lies, if it is there: `../shared/data` beside the project, or `$CAPSTAN_SHARED/data`. */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../..')
const candidate = join(process.env['CAPSTAN_SHARED'] ?? resolve(root, '../shared'), 'data')

/** Absolute path of the shared data, or undefined where it is absent (tests that need it skip with this word). */
export const sharedData: string | undefined = existsSync(candidate) ? candidate : undefined

export const withoutSharedData = 'the shared data folder (../shared/data) is not on this machine'
