/** Makes sure that the embedded default encoder is there: `models/encoders/openimages-ssd`, converted once from an installed package. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { toReport, sentence } from '#shared/errors.ts'
import { readEncoderPackage, writeEncoderPackage } from '#engine/vision/encoder-package.ts'
import { buildOpenImagesSsd, openImagesSsdId, openImagesSsdRevision } from '#engine/vision/openimages-ssd.ts'

const root = resolve(import.meta.dirname, '..')
export const defaultEncoderFolder = join(root, 'models', 'encoders', openImagesSsdId)

/** Builds the encoder unless a whole one of the same revision is there. Says whether it was built now. */
export async function ensureEncoder(folder = defaultEncoderFolder): Promise<'present' | 'built'> {
  const present = await readEncoderPackage(folder).catch(() => undefined)
  if (present && present.manifest.revision === openImagesSsdRevision) return 'present'
  const assets = createRequire(import.meta.url).resolve('@mediapipe/objectron/objectron_solution_packed_assets.data')
  const { onnx, manifest } = buildOpenImagesSsd(await readFile(assets))
  await writeEncoderPackage(folder, manifest, onnx)
  return 'built'
}

if (import.meta.main) {
  try {
    console.log(`encoder ${openImagesSsdId}: ${await ensureEncoder()}`)
  } catch (error) {
    console.error(sentence(toReport(error)))
    process.exitCode = 1
  }
}
