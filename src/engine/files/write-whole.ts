/**
 * Written whole or not at all: everything is made beside its place, flushed to the disk, checked by whoever makes it, and renamed. A kill leaves at most a `.partial` beside
 * it, never half a file under its name.
 */
import { randomUUID } from 'node:crypto'
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

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
  const partial = partialFile(file)
  try {
    const result = await make(partial)
    await flush(partial)
    await rename(partial, file)
    await flushFolder(dirname(file))
    return result
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  }
}

/** The same for a process that may end right after: blocks until it is on disk. */
export function writeWholeSync(file: string, content: string): void {
  const partial = partialFile(file)
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
  }
}

/**
 * Has a folder made beside its place (`make` finds it there, empty) and renames it. With `replace` a folder that is there goes aside first and is removed
 * last, so that one of the two is there at (almost) any moment; without it, renaming onto a folder that holds something is refused by the system.
 */
export async function placeFolder<Result>(folder: string, make: (partial: string) => Promise<Result>, { replace }: { replace: boolean }): Promise<Result> {
  const partial = join(dirname(folder), `.${basename(folder)}.${randomUUID()}.partial`)
  const aside = join(dirname(folder), `.${basename(folder)}.${randomUUID()}.former.partial`)
  try {
    await mkdir(partial, { recursive: true })
    const result = await make(partial)
    if (replace) await rename(folder, aside).catch(unless('ENOENT'))
    try {
      await rename(partial, folder)
    } catch (error) {
      if (!replace) throw error
      unless('ENOTEMPTY', 'EEXIST')(error) // another process was quicker and put its own there
    }
    await flushFolder(dirname(folder))
    return result
  } finally {
    await rm(partial, { recursive: true, force: true })
    await rm(aside, { recursive: true, force: true })
  }
}

/** Removes what killed writes left in a folder that nobody else writes to now. */
export async function removeLeftovers(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  for (const name of names.filter((found) => leftover.test(found))) await rm(join(folder, name), { recursive: true, force: true })
}

const leftover = /\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?:\.former)?\.partial$/

function partialFile(file: string): string {
  return `${file}.${randomUUID()}.partial`
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
