/** One Capstan at a time writes to a workspace. The lock is the operating system's: it ends with the process, however that ends. */
import { join } from 'node:path'
import { AppError, toReport } from '#shared/errors.ts'
import { connect } from './database.ts'

export interface WorkspaceLock {
  release(): void
}

/** Milliseconds: a process that was just killed may take a moment to be gone. */
const patience = 3000

/** Takes the lock of a workspace folder that is there. @throws AppError `conflict` where another Capstan has it */
export function lockWorkspace(folder: string): WorkspaceLock {
  return lockFile(join(folder, 'workspace.lock'), `The workspace ${folder} is open in another Capstan.`)
}

/** Takes the lock that a file stands for; `taken` says what another process has. @throws AppError `conflict` */
export function lockFile(file: string, taken: string): WorkspaceLock {
  // An empty SQLite file of its own: what it guards stays free for readers.
  const holder = connect(file, { timeout: patience })
  try {
    holder.exec('BEGIN EXCLUSIVE')
  } catch (cause) {
    holder.close()
    if (toReport(cause).code !== 'conflict') throw cause // a full disk, for one
    throw new AppError('conflict', taken, { kept: 'Nothing was changed.', todo: 'Close it there first.', cause })
  }
  return { release: () => void holder.close() }
}
