/**
 * better-sqlite3 for an older Electron. The package's prebuilt file wants Node-API 10 (Electron 35 and newer). For older ones it is compiled
 * once: its source needs Node-API 10 only to hold references to strings, which Node 20.18 offers as experimental.
 */
import { existsSync } from 'node:fs'
import { cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { mustRun } from '../command.ts'
import { ensurePrograms } from './ensure-system.ts'
import { cacheFolder, projectFolder } from '../paths.ts'

const firstElectronWithNodeApi10 = 35

/** The path for better-sqlite3's `nativeBinding` option under this Electron, or null where the package's own file works. */
export async function sqliteBindingFor(electronVersion: string): Promise<string | null> {
  if (Number.parseInt(electronVersion, 10) >= firstElectronWithNodeApi10) return null
  const binding = join(cacheFolder, 'better-sqlite3', electronVersion, 'better_sqlite3.node')
  if (existsSync(binding)) return binding

  console.log(`Compiling better-sqlite3 for Electron ${electronVersion} (once, about a minute)`)
  await ensurePrograms(['g++', 'make', 'python3'], 'Compiling better-sqlite3')
  const workFolder = `${dirname(binding)}.${process.pid}`
  try {
    await mkdir(dirname(workFolder), { recursive: true })
    await cp(join(projectFolder, 'node_modules', 'better-sqlite3'), workFolder, { recursive: true })
    const recipe = join(workFolder, 'binding.gyp')
    const text = await readFile(recipe, 'utf8')
    if (!text.includes("'NAPI_VERSION=10'")) throw new Error('better-sqlite3 has another build recipe than the one this script knows.')
    await writeFile(recipe, text.replace("'NAPI_VERSION=10'", "'NAPI_VERSION=2147483647', 'NAPI_EXPERIMENTAL'"))
    const headers = nodeHeaders()
    await mustRun(
      join(projectFolder, 'node_modules', '.bin', 'node-gyp'),
      ['rebuild', '--release', '--force_build=1', '--jobs=max', ...(headers === undefined ? [] : [`--nodedir=${headers}`])],
      { folder: workFolder, output: 'collect' },
    )
    await mkdir(dirname(binding), { recursive: true })
    await rename(join(workFolder, 'build', 'Release', 'better_sqlite3.node'), binding)
  } finally {
    await rm(workFolder, { recursive: true, force: true })
  }
  return binding
}

/** Node's C headers lie beside the machine's Node; without them node-gyp downloads a set. Node-API looks the same in every version's. */
function nodeHeaders(): string | undefined {
  const prefixes = (process.env['PATH'] ?? '').split(delimiter).map((folder) => dirname(folder))
  return ['/usr', ...prefixes].find((prefix) => existsSync(join(prefix, 'include', 'node', 'node_api.h')))
}
