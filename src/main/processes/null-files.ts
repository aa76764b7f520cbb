/**
 * Electron opens /dev/null as a utility process's standard input and forgets to close its own end: a file for every process that was ever started, until
 * none can be opened any more. It is opened within the call that starts the process and is of no use once the process runs.
 */
import { closeSync, readdirSync, readlinkSync } from 'node:fs'

const openFiles = '/proc/self/fd'

/** Runs `start`, and returns what closes the one file on /dev/null that was left open by it. Nothing to do where the system does not tell. */
export function closingNullFile<Started>(start: () => Started): { started: Started; close: () => void } {
  const before = new Set(nullFiles())
  const started = start()
  const left = nullFiles().filter((file) => !before.has(file))
  return {
    started,
    close: () => {
      // More than one would be somebody else's, too.
      if (left.length === 1 && nullFiles().includes(left[0])) closeSync(left[0])
    },
  }
}

function nullFiles(): number[] {
  if (process.platform !== 'linux') return []
  return readdirSync(openFiles).flatMap((name) => {
    try {
      return readlinkSync(`${openFiles}/${name}`) === '/dev/null' ? [Number(name)] : []
    } catch {
      return [] // the folder's own, closed by now
    }
  })
}
