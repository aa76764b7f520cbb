/** The encoder that a model was trained with, found among the encoders that are here. */
import { join } from 'node:path'
import type { ModelPackage } from '#engine/models/model-package.ts'
import type { SessionOptions } from '#engine/runtime/session.ts'
import { readEncoderPackage, type EncoderPackage } from '#engine/vision/encoders/encoder-package.ts'
import { openEncoderPackage, type Encoder } from '#engine/vision/encoders/encoder.ts'
import { featureKey } from '#engine/vision/features/feature-key.ts'
import { AppError } from '#shared/errors.ts'

/**
 * The package of the encoder: the first of its id and fingerprint under `encoderRoots`.
 * @throws AppError `unavailable` where it is not there or another one has its name; and what reading a package throws
 */
export async function findModelEncoder({ manifest }: ModelPackage, encoderRoots: readonly string[]): Promise<EncoderPackage> {
  const { id, fingerprint } = manifest.encoder
  let another = false
  for (const root of encoderRoots) {
    const found = await readEncoderPackage(join(root, id)).catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'not-found') return undefined
      throw error
    })
    if (found === undefined) continue
    if (featureKey(found.manifest).fingerprint === fingerprint) return found
    another = true
  }
  const what = another ? 'and the one of that name here has other weights or preprocessing' : 'which is not here'
  throw new AppError('unavailable', `The model “${manifest.name}” needs the encoder “${id}”, ${what}.`, {
    kept: 'Nothing was changed.',
    todo: 'Add that encoder (an embedded one: npm run capstan -- doctor --build-encoders), or choose another model.',
  })
}

/** Opens it. @throws as `findModelEncoder`, and what `createSession` throws */
export async function openModelEncoder(model: ModelPackage, encoderRoots: readonly string[], session: SessionOptions = {}): Promise<Encoder> {
  return openEncoderPackage(await findModelEncoder(model, encoderRoots), session)
}
