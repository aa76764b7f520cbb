/** Whether something made from sources is as new as they are: a stamp file holds when it was made, and of what. */
import { readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { projectFolder } from './paths.ts'

/** True where the stamp is newer than every source (files, or folders with all in them) and holds `content`. */
export async function isFresh(stamp: string, sources: string[], content = ''): Promise<boolean> {
  const held = await readFile(stamp, 'utf8').catch(() => undefined)
  return held === content && (await newestChange(sources)) <= (await stat(stamp)).mtimeMs
}

/** `started` is when the making began: a change made meanwhile counts as newer. */
export async function writeStamp(stamp: string, started: Date, content = ''): Promise<void> {
  await writeFile(stamp, content)
  await utimes(stamp, started, started)
}

async function newestChange(sources: string[]): Promise<number> {
  const times = await Promise.all(
    sources.map(async (source) => {
      const path = join(projectFolder, source)
      const own = await stat(path)
      if (!own.isDirectory()) return own.mtimeMs
      const entries = await readdir(path, { recursive: true })
      const inside = await Promise.all(entries.map((entry) => stat(join(path, entry))))
      return Math.max(own.mtimeMs, ...inside.map((entry) => entry.mtimeMs))
    }),
  )
  return Math.max(...times)
}
