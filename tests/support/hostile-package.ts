/** Packages that lie: sound ones changed in one place, with checksums that fit again. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

type Json = Record<string, unknown>

/** A copy of a package whose manifest was changed. */
export function withManifest(sound: string, folder: string, change: (manifest: Json) => void): void {
  cpSync(sound, folder, { recursive: true })
  const path = join(folder, 'manifest.json')
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as Json
  change(manifest)
  writeFileSync(path, JSON.stringify(manifest))
}

/** A copy in which a file holds other bytes, and the manifest says so. */
export function withFile(sound: string, folder: string, key: 'weights' | 'vocabulary' | 'documentFrequency', file: string, bytes: Uint8Array): void {
  withManifest(sound, folder, (manifest) => {
    ;(manifest['files'] as Json)[key] = { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
  })
  writeFileSync(join(folder, file), bytes)
}

/** Puts a named pipe in a file's place. */
export function pipeInPlaceOf(path: string): void {
  rmSync(path, { force: true })
  execFileSync('mkfifo', [path])
}
