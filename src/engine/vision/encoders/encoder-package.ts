/** Encoder packages on disk: `<folder>/manifest.json` beside the weights it names. */
import { createHash } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { AppError } from '#shared/errors.ts'
import { parseEncoderManifest, type EncoderManifest, type PackageFile } from './encoder-manifest.ts'

export interface EncoderPackage {
  folder: string
  manifest: EncoderManifest
  /** the ONNX file's bytes, equal to the manifest's checksum */
  weights: Uint8Array
}

/** Reads a package and checks its weights. Throws AppError `not-found`, `corrupt` or `newer-version`. */
export async function readEncoderPackage(folder: string): Promise<EncoderPackage> {
  const manifest = await readEncoderManifest(folder)
  return { folder, manifest, weights: await readPackageFile(folder, manifest.weights) }
}

/** Reads a package's manifest only. Throws AppError `not-found`, `corrupt` or `newer-version`. */
export async function readEncoderManifest(folder: string): Promise<EncoderManifest> {
  const path = join(folder, 'manifest.json')
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new AppError('not-found', `There is no encoder in ${folder}.`, { todo: 'Choose another encoder, or add this one again.', cause })
  })
  return parseEncoderManifest(text, path)
}

/** Reads one of a package's files and checks it. Throws AppError `not-found` or `corrupt`. */
export async function readPackageFile(folder: string, { file, sha256: expected }: PackageFile): Promise<Uint8Array> {
  const path = join(folder, file)
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new AppError('not-found', `The encoder's file ${path} is missing.`, { todo: 'Add the encoder again.', cause })
  })
  if (sha256(bytes) === expected) return bytes
  throw new AppError('corrupt', `The encoder's file ${path} is not the one that the manifest names.`, { todo: 'Add the encoder again.' })
}

/** What a manifest says about a file. */
export function describeFile(file: string, bytes: Uint8Array): PackageFile {
  return { file, sha256: sha256(bytes), bytes: bytes.length }
}

/**
 * Writes a package whole or not at all: in a temporary folder beside its place, then renamed. What was there before is replaced.
 * `files` are further ones that the manifest describes, by name.
 */
export async function writeEncoderPackage(
  folder: string,
  manifest: Omit<EncoderManifest, 'weights'>,
  onnx: Uint8Array,
  files: ReadonlyMap<string, Uint8Array> = new Map(),
): Promise<void> {
  await mkdir(dirname(folder), { recursive: true })
  const temporary = await mkdtemp(join(dirname(folder), `.${basename(folder)}-`))
  try {
    const weights = describeFile('encoder.onnx', onnx)
    await writeFile(join(temporary, weights.file), onnx, { flush: true })
    for (const [file, bytes] of files) await writeFile(join(temporary, file), bytes, { flush: true })
    await writeFile(join(temporary, 'manifest.json'), `${JSON.stringify({ ...manifest, weights }, null, 2)}\n`, { flush: true })
    await chmod(temporary, 0o755)
    await putInPlace(temporary, folder)
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

/** Renames `made` to `folder`; an older package there goes aside first, so that one of the two is there at (almost) any moment. */
async function putInPlace(made: string, folder: string): Promise<void> {
  const aside = `${made}-old`
  await rename(folder, aside).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  })
  try {
    await rename(made, folder)
  } catch (error) {
    // Another process was quicker and put its own, equal package there.
    if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
  } finally {
    await rm(aside, { recursive: true, force: true })
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
