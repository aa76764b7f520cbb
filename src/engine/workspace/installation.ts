/** The key of a person's own folder: what they say on this computer is sealed with it. It never leaves that folder. */
import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const fileName = 'installation-key'

/** Made when it is first asked for. */
export function installationKey(personFolder: string): string {
  const file = join(personFolder, fileName)
  mkdirSync(personFolder, { recursive: true })
  try {
    writeFileSync(file, randomBytes(32).toString('hex'), { flag: 'wx', mode: 0o600, flush: true })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const key = readFileSync(file, 'utf8')
  if (/^[0-9a-f]{64}$/.test(key)) return key
  // A write that was killed left half of it.
  const fresh = randomBytes(32).toString('hex')
  writeFileSync(file, fresh, { mode: 0o600, flush: true })
  return fresh
}
