/** The unpacked app, which archives and installers are made of and which the test of the packaged app starts. */
import { copyFile, mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Arch, build, Platform } from 'electron-builder'
import { ensureBuilt, windowSources } from '../build.ts'
import { ensureEncoders } from '../build-encoder.ts'
import { prepareElectron } from '../electron/ensure-electron.ts'
import { isFresh, writeStamp } from '../stamp.ts'
import { bindingFolder, distFolder, iconFolder, packagingConfiguration } from './configuration.ts'
import type { PackedElectron } from './configuration.ts'
import { drawIcons } from './icons.ts'

const sources = [...windowSources, 'models', 'recipes', 'resources', 'package-lock.json', 'scripts/packaging', 'scripts/build-encoder.ts']
const stamp = join(distFolder, '.packaged')

/** Where electron-builder puts a Linux app. */
export const unpackedFolder = join(distFolder, process.arch === 'x64' ? 'linux-unpacked' : `linux-${process.arch}-unpacked`)

/** Packs for this Linux machine unless a folder as new as its sources is there. Returns the executable. */
export async function ensureUnpacked(): Promise<string> {
  const started = new Date()
  const electron = await prepareParts()
  const executable = join(unpackedFolder, 'capstan')
  const what = JSON.stringify(electron)
  if (await isFresh(stamp, sources, what)) return executable
  await rm(stamp, { force: true })
  await build({ targets: Platform.LINUX.createTarget(['dir'], Arch[process.arch === 'arm64' ? 'arm64' : 'x64']), config: packagingConfiguration(electron) })
  await writeStamp(stamp, started, what)
  return executable
}

/** Builds whatever a packed app is made of: bundles, encoder, icons, and SQLite for an Electron that needs its own. */
export async function prepareParts(): Promise<PackedElectron> {
  const electron = await prepareElectron()
  await ensureEncoders()
  await ensureBuilt()
  await drawIcons(iconFolder)
  if (electron.sqliteBinding !== null) {
    await mkdir(bindingFolder, { recursive: true })
    await copyFile(electron.sqliteBinding, join(bindingFolder, `${process.platform}-${process.arch}.node`))
  }
  return { version: electron.version, folder: dirname(electron.executable), ownSqlite: electron.sqliteBinding !== null }
}
