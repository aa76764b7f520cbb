/** Makes the folder of a new workspace, its missing parents too. */
import { existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { AppError, toReport } from '#shared/errors.ts'

/**
 * One folder after the other: Node's own recursive way never returns on file systems where folders cannot be made (/proc), and calls a read-only disk
 * a missing folder.
 * @throws AppError `bad-input` naming what is in the way, `unavailable` where nothing can be written
 */
export function makeFolder(folder: string): void {
  const missing: string[] = []
  let place = folder
  while (!existsSync(place)) {
    missing.unshift(place)
    place = dirname(place)
  }
  if (!statSync(place).isDirectory()) throw new AppError('bad-input', `${place} is a file, so that no folder can be made there.`, elsewhere)
  for (const each of missing) {
    try {
      mkdirSync(each)
    } catch (cause) {
      if (existsSync(each)) continue // somebody else was quicker
      throw new AppError('unavailable', `The folder ${each} cannot be made: ${toReport(cause).happened}`, { ...elsewhere, cause })
    }
  }
}

const elsewhere = { kept: 'Nothing was made.', todo: 'Choose a place where you may write.' }
