/**
 * `npm run package`: an installable build in `dist/`. On Linux an unpacked folder, a .tar.gz, and a .deb where dpkg-deb is there, all without
 * network. `-- --dir` stops at the folder; `-- --appimage` lets electron-builder make an AppImage too, with tools that it fetches. On Windows
 * and macOS electron-builder fetches Electron and makes the installers that the configuration names.
 */
import { stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import { build, Platform } from 'electron-builder'
import manifest from '../package.json' with { type: 'json' }
import { ensureUnpacked, prepareParts, unpackedFolder } from './packaging/app-folder.ts'
import { distFolder, iconFolder, packagingConfiguration } from './packaging/configuration.ts'
import { canMakeDebian, debianArchitecture, makeDebian } from './packaging/debian.ts'
import { drawIcons } from './packaging/icons.ts'
import { mustRun } from './command.ts'

async function packageLinux(wanted: { dir: boolean; appimage: boolean }): Promise<string[]> {
  await ensureUnpacked()
  if (wanted.dir) return [unpackedFolder]
  const made = [unpackedFolder, await makeArchive()]
  if (canMakeDebian()) {
    const file = join(distFolder, `capstan_${manifest.version}_${debianArchitecture()}.deb`)
    await makeDebian({ app: unpackedFolder, icons: await drawIcons(iconFolder), version: manifest.version, description: manifest.description, file })
    made.push(file)
  } else console.log('No .deb: dpkg-deb is not on this machine.')
  if (wanted.appimage)
    made.push(
      ...(await build({
        targets: Platform.LINUX.createTarget(['AppImage']),
        prepackaged: unpackedFolder,
        config: packagingConfiguration(await prepareParts()),
      })),
    )
  return made
}

/** One folder in it, whatever the machine's user is called. */
async function makeArchive(): Promise<string> {
  const name = `capstan-${manifest.version}-linux-${process.arch}`
  const file = join(distFolder, `${name}.tar.gz`)
  const folder = basename(unpackedFolder)
  await mustRun('tar', ['-czf', file, '--owner=0', '--group=0', `--transform=s,^${folder},${name},`, '-C', distFolder, folder], { output: 'collect' })
  return file
}

/** For Windows and macOS, on themselves: their native packages are the installed ones. */
async function packageHere(): Promise<string[]> {
  const electron = await prepareParts()
  const targets = (process.platform === 'darwin' ? Platform.MAC : Platform.WINDOWS).createTarget()
  return build({ targets, config: packagingConfiguration({ ...electron, folder: undefined }) })
}

try {
  const { values } = parseArgs({ options: { dir: { type: 'boolean', default: false }, appimage: { type: 'boolean', default: false } } })
  const made = await (process.platform === 'linux' ? packageLinux(values) : packageHere())
  for (const path of made) {
    const size = (await stat(path)).isDirectory() ? '' : ` (${((await stat(path)).size / 1e6).toFixed(0)} MB)`
    console.log(`${path}${size}`)
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
