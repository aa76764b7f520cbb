/** The encoder packages of several folders. */
import { readdir, rm } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { within } from '#engine/files/deadline.ts'
import { AppError, toReport, type ErrorReport } from '#shared/errors.ts'
import type { EncoderManifest } from './encoder-manifest.ts'
import { readEncoderManifest } from './encoder-package.ts'
import { manifestAnswersWithin } from '#engine/files/package-limits.ts'

export interface ListedEncoder {
  folder: string
  manifest: EncoderManifest
}

export interface EncoderListing {
  encoders: ListedEncoder[]
  /** packages that cannot be used, and why */
  problems: { folder: string; report: ErrorReport }[]
}

/** All packages directly inside the roots. Of packages with one id, the one of the earlier root counts. */
export async function listEncoders(roots: readonly string[]): Promise<EncoderListing> {
  const encoders = new Map<string, ListedEncoder>()
  const problems: EncoderListing['problems'] = []
  for (const root of roots) {
    for (const folder of await subfolders(root)) {
      try {
        const manifest = await within(manifestAnswersWithin, `The encoder ${folder}`, readEncoderManifest(folder))
        if (!encoders.has(manifest.id)) encoders.set(manifest.id, { folder, manifest })
      } catch (error) {
        problems.push({ folder, report: toReport(error) })
      }
    }
  }
  return { encoders: [...encoders.values()], problems }
}

async function subfolders(root: string): Promise<string[]> {
  const entries = await readdir(root, { withFileTypes: true }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  })
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => join(root, entry.name))
    .sort()
}

/** The folder of an encoder, named by its id or its folder. Throws AppError `not-found` naming those there are. */
export async function findEncoder(roots: readonly string[], idOrFolder: string): Promise<string> {
  for (const folder of [...roots.map((root) => join(root, idOrFolder)), resolve(idOrFolder)]) {
    const manifest = await readEncoderManifest(folder).catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'not-found') return undefined
      throw error
    })
    if (manifest !== undefined) return folder
  }
  const { encoders } = await listEncoders(roots)
  const ids = encoders.map(({ manifest }) => manifest.id).join(', ') || 'none'
  throw new AppError('not-found', `There is no encoder “${idOrFolder}”; those here are: ${ids}.`, { todo: 'Add it with “capstan encoder add”.' })
}

/** Removes a package from a root. Throws AppError `not-found`. */
export async function removeEncoder(root: string, id: string): Promise<void> {
  const folder = join(root, id)
  if (basename(folder) !== id || id.startsWith('.')) throw new AppError('bad-input', `“${id}” is no encoder's id.`)
  const { encoders, problems } = await listEncoders([root])
  if (![...encoders, ...problems].some((known) => resolve(known.folder) === resolve(folder)))
    throw new AppError('not-found', `There is no encoder “${id}” in ${root}.`, { todo: 'See “capstan encoder list”.' })
  await rm(folder, { recursive: true })
}
