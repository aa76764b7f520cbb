/**
 * What electron-builder packs, and how: one archive of the built app and its production dependencies, native code beside it, models and
 * other shipped files next to both. Windows and macOS get the same app folder and their own installers.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { AfterPackContext, Configuration } from 'electron-builder'
import { projectFolder } from '../paths.ts'
import { checkPacked } from './check.ts'
import { fuses } from './fuses.ts'
import { writeThirdParty } from './licences.ts'

export const distFolder = join(projectFolder, 'dist')
export const iconFolder = join(distFolder, '.icons')
export const bindingFolder = join(distFolder, '.binding')

export interface PackedElectron {
  version: string
  /** An unpacked Electron to take; undefined lets electron-builder fetch the official one. */
  folder: string | undefined
  /** better-sqlite3 was compiled for this Electron and lies in `bindingFolder`. */
  ownSqlite: boolean
}

/** Of the packages that `package.json` names, what an installed app never loads: the command line's, the encoder's source, C++ sources. */
const leftOut = [
  'node_modules/{@mediapipe,flatbuffers,cli-progress,commander}/**',
  'node_modules/better-sqlite3/{deps,src}/**',
  // both bring native files of all platforms
  'node_modules/onnxruntime-node/bin/*/!(${platform})/**',
  'node_modules/onnxruntime-node/bin/*/*/!(${arch})/**',
  'node_modules/better-sqlite3/prebuilds/!(${platform}-${arch}.node)',
]

export function packagingConfiguration(electron: PackedElectron): Configuration {
  return {
    appId: 'org.capstan.workbench',
    productName: 'Capstan',
    copyright: 'MIT licence; see THIRD-PARTY.md for what others wrote',
    electronVersion: electron.version,
    ...(electron.folder === undefined ? {} : { electronDist: electron.folder }),
    npmRebuild: false, // native packages bring Node-API files that need no rebuilding; scripts/electron/sqlite-binding.ts knows the exception
    directories: { output: distFolder, buildResources: iconFolder },
    files: [
      'package.json',
      'out/**',
      '!**/*.map',
      ...leftOut.map((pattern) => `!${pattern}`),
      ...(electron.ownSqlite
        ? ['!node_modules/better-sqlite3/prebuilds/*', { from: bindingFolder, to: 'node_modules/better-sqlite3/prebuilds', filter: ['*.node'] }]
        : []),
    ],
    // the system loads native code only from real files, and starts processes from them
    asarUnpack: ['**/*.node', 'node_modules/onnxruntime-node/bin/**', 'node_modules/@img/**', 'out/main/{workers,chunks}/**'],
    extraResources: [
      { from: 'models', to: 'models', filter: ['**', '!**/.*'] },
      { from: 'recipes', to: 'recipes' },
      { from: 'resources', to: '.', filter: ['**', '!icon.svg'] },
      'LICENSE',
    ],
    electronLanguages: ['en-US'], // the window's one language
    electronFuses: fuses(process.platform),
    afterExtract,
    afterPack,
    publish: null,
    linux: { executableName: 'capstan', category: 'Graphics', icon: iconFolder, synopsis: 'Turn a captioner’s mistakes into a better captioner' },
    win: { target: ['nsis', 'zip'], icon: join(iconFolder, '512x512.png') },
    nsis: { oneClick: false, allowToChangeInstallationDirectory: true },
    mac: { target: ['dmg', 'zip'], category: 'public.app-category.graphics-design', icon: join(iconFolder, '1024x1024.png'), identity: '-' },
  }
}

/** What an unpacked Electron brings to run a project folder has no place in a packaged app. */
async function afterExtract({ appOutDir, packager }: AfterPackContext): Promise<void> {
  const resources = packager.getResourcesDir(appOutDir)
  for (const path of [join(resources, 'app'), join(resources, 'default_app.asar'), join(appOutDir, 'version')]) await rm(path, { recursive: true, force: true })
}

async function afterPack({ appOutDir, packager, electronPlatformName, arch }: AfterPackContext): Promise<void> {
  const resources = packager.getResourcesDir(appOutDir)
  await writeThirdParty(resources)
  await checkPacked(resources, { platform: electronPlatformName, arch: architectures[arch] ?? String(arch) })
}

/** electron-builder counts architectures; Node names them. */
const architectures = ['ia32', 'x64', 'armv7l', 'arm64', 'universal']
