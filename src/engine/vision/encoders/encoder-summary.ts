/** An encoder package as a person sees it, and the check of one that is there. */
import type { EncoderCheck, EncoderSummary } from '#shared/domain.ts'
import type { EncoderManifest } from './encoder-manifest.ts'
import { smokeRun, type SmokeRun } from '../encoder-import/smoke-run.ts'
import { readEncoderManifest, readPackageFile } from './encoder-package.ts'

export function summarizeEncoder(manifest: EncoderManifest, removable: boolean): EncoderSummary {
  const { id, name, kind, licence, source, weights, text, textMissing = null, detection, pooled } = manifest
  const { width, height, resize, interpolation, mean, std, colour = 'converted' } = manifest.input
  const { rows, columns, width: channels, classToken } = manifest.grid
  return {
    id,
    name,
    kind,
    licence,
    source,
    sha256: weights.sha256,
    bytes: weights.bytes + (text?.weights.bytes ?? 0) + (text?.tokenizer.bytes ?? 0),
    input: { width, height, resize, interpolation, mean: [...mean], std: [...std], colour },
    grid: { rows, columns, width: channels, classToken: classToken !== undefined },
    pooledWidth: pooled.width,
    texts: text !== undefined,
    textMissing,
    boxes: detection !== undefined,
    removable,
  }
}

export function checkOf(encoderId: string, { provider, secondsPerImage }: SmokeRun): EncoderCheck {
  return { encoderId, provider, imagesPerSecond: 1 / secondsPerImage }
}

/** Compares all files with the manifest's checksums and encodes one photo. Throws what reading and the smoke run throw. */
export async function verifyEncoder(folder: string): Promise<EncoderCheck> {
  const { id, text } = await readEncoderManifest(folder)
  if (text !== undefined) for (const file of [text.weights, text.tokenizer]) await readPackageFile(folder, file)
  return checkOf(id, await smokeRun(folder, undefined)) // opening reads and checks the image tower
}
