/** Looks into the packed app's archive. Paths are relative, with slashes. */
import { join } from 'node:path'
import { listPackage, statFile } from '@electron/asar'

export interface PackedFile {
  path: string
  /** Lies in `app.asar.unpacked` as a real file. */
  unpacked: boolean
}

/** All entries of `app.asar`, folders included. */
export function packedFiles(resources: string): PackedFile[] {
  const archive = join(resources, 'app.asar')
  return listPackage(archive, { isPack: false }).map((listed) => {
    const path = listed.replaceAll('\\', '/').replace(/^\//, '')
    return { path, unpacked: 'unpacked' in statFile(archive, path, false) }
  })
}

/** The folders of the packed npm packages, `node_modules/sharp` for one. */
export function packedPackages(resources: string): string[] {
  return packedFiles(resources)
    .map(({ path }) => /^(node_modules\/.*)\/package\.json$/.exec(path)?.[1] ?? '')
    .filter((folder) => /(^|\/)node_modules\/(@[^/]+\/)?[^/]+$/.test(folder))
    .sort()
}
