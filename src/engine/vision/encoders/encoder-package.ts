/** Encoder packages on disk: `<folder>/manifest.json` beside the weights it names. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { readInside } from '#engine/files/regular-file.ts'
import { placeFolder, writeWhole } from '#engine/files/write-whole.ts'
import { AppError, toReport } from '#shared/errors.ts'
import { parseEncoderManifest, type EncoderManifest, type PackageFile } from './encoder-manifest.ts'
import { largestManifest } from '#engine/files/package-limits.ts'

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
  const bytes = await readInside(folder, 'manifest.json', largestManifest).catch((cause: unknown) => {
    if (cause instanceof AppError) throw cause
    throw new AppError('not-found', `There is no encoder in ${folder}.`, { todo: 'Choose another encoder, or add this one again.', cause })
  })
  return parseEncoderManifest(bytes.toString('utf8'), path)
}

/** Reads one of a package's files and checks it. Throws AppError `not-found` or `corrupt`. */
export async function readPackageFile(folder: string, { file, sha256: expected, bytes: size }: PackageFile): Promise<Uint8Array> {
  const path = join(folder, file)
  // What is larger than the manifest says is not read at all.
  const bytes = await readInside(folder, file, size).catch((cause: unknown) => {
    if (cause instanceof AppError) throw new AppError('corrupt', cause.message, { todo: 'Add the encoder again.', cause })
    const { code, happened } = toReport(cause)
    const said = code === 'not-found' ? `The encoder's file ${path} is missing.` : happened
    throw new AppError(code === 'internal' ? 'not-found' : code, said, { todo: 'Add the encoder again.', cause })
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
  await placeFolder(
    folder,
    async (partial) => {
      const weights = describeFile('encoder.onnx', onnx)
      await writeWhole(join(partial, weights.file), onnx)
      for (const [file, bytes] of files) await writeWhole(join(partial, file), bytes)
      await writeWhole(join(partial, 'manifest.json'), `${JSON.stringify({ ...manifest, weights }, null, 2)}\n`)
    },
    { replace: true },
  )
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
