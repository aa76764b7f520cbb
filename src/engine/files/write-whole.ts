/**
 * Written whole or not at all: everything is made beside its place, flushed to the disk, checked by whoever makes it, and renamed. A kill leaves at most a
 * `.partial` beside it, never half a file under its name; leftovers.ts removes it.
 */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { partialNames, removeLeftovers, type PartialNames } from './leftovers.ts'

export type FileContent = string | Uint8Array | AsyncIterable<string | Uint8Array>

/** Writes a file, making its folder where there is none. What was there before is replaced. */
export async function writeWhole(file: string, content: FileContent): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  await placeFile(file, async (partial) => {
    const handle = await open(partial, 'wx')
    try {
      await handle.writeFile(content)
    } finally {
      await handle.close()
    }
  })
}

/** Has a file made at a path beside its place, flushes it and renames it. The folder must be there; what was there before is replaced. */
export async function placeFile<Result>(file: string, make: (partial: string) => Promise<Result>): Promise<Result> {
  await removeLeftovers(dirname(file), file)
  const { partial, done } = partialNames(file)
  try {
    const result = await make(partial)
    await flush(partial)
    await rename(partial, file)
    await flushFolder(dirname(file))
    return result
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  } finally {
    done()
  }
}

/** The same for a process that may end right after: blocks until it is on disk. */
export function writeWholeSync(file: string, content: string): void {
  const { partial, done } = partialNames(file)
  try {
    const handle = openSync(partial, 'wx')
    try {
      writeFileSync(handle, content)
      fsyncSync(handle)
    } finally {
      closeSync(handle)
    }
    renameSync(partial, file)
  } catch (error) {
    rmSync(partial, { force: true })
    throw error
  } finally {
    done()
  }
}

/**
 * Has a folder made beside its place (`make` finds it there, empty) and renames it. With `replace` a folder that is there goes aside first and is removed
 * last: killed between the two, it comes back by `removeLeftovers`. Without it, renaming onto a folder that holds something is refused by the system.
 */
export async function placeFolder<Result>(folder: string, make: (partial: string) => Promise<Result>, { replace }: { replace: boolean }): Promise<Result> {
  await removeLeftovers(dirname(folder), folder)
  const names = partialNames(folder)
  try {
    await mkdir(names.partial, { recursive: true })
    const result = await make(names.partial)
    await exchange(names, folder, replace)
    await flushFolder(dirname(folder))
    await rm(names.former, { recursive: true, force: true })
    return result
  } finally {
    await rm(names.partial, { recursive: true, force: true })
    names.done()
  }
}

async function exchange({ partial, former }: PartialNames, folder: string, replace: boolean): Promise<void> {
  if (replace) await rename(folder, former).catch(unless('ENOENT'))
  try {
    await rename(partial, folder)
  } catch (error) {
    if (!replace) throw error
    if (isThere(error)) return // another process was quicker and put its own there
    await rename(former, folder).catch(unless('ENOENT'))
    throw error
  }
}

function isThere(error: unknown): boolean {
  return ['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')
}

function unless(...codes: string[]): (error: unknown) => void {
  return (error) => {
    if (!codes.includes((error as NodeJS.ErrnoException).code ?? '')) throw error
  }
}

async function flush(path: string): Promise<void> {
  const handle = await open(path, 'r+')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** The new name is on disk, too. Windows knows no such thing. */
async function flushFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
