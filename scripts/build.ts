/** Builds the window's bundles where a source is newer than what was built. */
import { join } from 'node:path'
import { mustRun } from './command.ts'
import { projectFolder } from './paths.ts'
import { isFresh, writeStamp } from './stamp.ts'

export const builtStamp = join(projectFolder, 'out', '.built')
export const windowSources = ['src/main', 'src/preload', 'src/renderer', 'src/shared', 'src/engine', 'electron.vite.config.ts', 'package.json']

/** Says whether it built. */
export async function ensureBuilt(): Promise<boolean> {
  const started = new Date()
  if (await isFresh(builtStamp, windowSources)) return false
  console.log('Building the window')
  await mustRun(join(projectFolder, 'node_modules', '.bin', 'electron-vite'), ['build', '--logLevel', 'warn'], {
    folder: projectFolder,
    output: 'collect',
  })
  await writeStamp(builtStamp, started)
  return true
}
