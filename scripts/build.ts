/** Builds the window's bundles where a source is newer than what was built. */
import { existsSync } from 'node:fs'
import { readdir, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { mustRun } from './command.ts'
import { projectFolder } from './paths.ts'

const stamp = join(projectFolder, 'out', '.built')
const sources = ['src/main', 'src/preload', 'src/renderer', 'src/shared', 'src/engine', 'electron.vite.config.ts', 'package.json']

/** Says whether it built. */
export async function ensureBuilt(): Promise<boolean> {
  const started = new Date()
  if (existsSync(stamp) && (await newestChange()) <= (await stat(stamp)).mtimeMs) return false
  console.log('Building the window')
  await mustRun(join(projectFolder, 'node_modules', '.bin', 'electron-vite'), ['build', '--logLevel', 'warn'], {
    folder: projectFolder,
    output: 'collect',
  })
  await writeFile(stamp, '')
  await utimes(stamp, started, started) // a change made while building counts as newer
  return true
}

async function newestChange(): Promise<number> {
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
