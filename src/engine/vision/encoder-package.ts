/** Encoder packages on disk: `<folder>/manifest.json` beside the weights it names. */
import { createHash } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { AppError } from '#shared/errors.ts'
import { parseEncoderManifest, type EncoderManifest } from './encoder-manifest.ts'

export interface EncoderPackage {
  folder: string
  manifest: EncoderManifest
  /** the ONNX file's bytes, equal to the manifest's checksum */
  weights: Uint8Array
}

/** Reads a package and checks its weights. Throws AppError `not-found`, `corrupt` or `newer-version`. */
export async function readEncoderPackage(folder: string): Promise<EncoderPackage> {
  const manifestPath = join(folder, 'manifest.json')
  const text = await readFile(manifestPath, 'utf8').catch((cause: unknown) => {
    throw new AppError('not-found', `There is no encoder in ${folder}.`, { todo: 'Choose another encoder, or add this one again.', cause })
  })
  const manifest = parseEncoderManifest(text, manifestPath)
  const weightsPath = join(folder, manifest.weights.file)
  const weights = await readFile(weightsPath).catch((cause: unknown) => {
    throw new AppError('not-found', `The weights ${weightsPath} are missing.`, { todo: 'Add the encoder again.', cause })
  })
  if (sha256(weights) !== manifest.weights.sha256)
    throw new AppError('corrupt', `The weights ${weightsPath} are not the ones that the manifest names.`, { todo: 'Add the encoder again.' })
  return { folder, manifest, weights }
}

/** Writes a package whole or not at all: in a temporary folder beside its place, then renamed. What was there before is replaced. */
export async function writeEncoderPackage(folder: string, manifest: Omit<EncoderManifest, 'weights'>, onnx: Uint8Array): Promise<void> {
  await mkdir(dirname(folder), { recursive: true })
  const temporary = await mkdtemp(join(dirname(folder), `.${basename(folder)}-`))
  try {
    const weights = { file: 'encoder.onnx', sha256: sha256(onnx), bytes: onnx.length }
    await writeFile(join(temporary, weights.file), onnx, { flush: true })
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
