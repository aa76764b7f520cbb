/** What a model sees with: its encoder, and the cache of the features that it reads. */
import type { ModelPackage } from '#engine/models/model-package.ts'
import type { SessionOptions } from '#engine/runtime/session.ts'
import type { Encoder } from '#engine/vision/encoders/encoder.ts'
import { extractFeatures, type ImageToEncode } from '#engine/vision/features/extract.ts'
import type { ErrorReport } from '#shared/errors.ts'
import { ensureBoxes, openCachedFeatures, type CachedFeatures } from './cached-features.ts'
import { openModelEncoder } from './model-encoder.ts'

export interface ModelFeatures {
  readonly encoder: Encoder
  readonly features: CachedFeatures
  /** Sees to the features of photos. Returns those that have them now, in their order, with their keys. Throws AppError `cancelled` on abort. */
  ensure<Photo extends ImageToEncode>(photos: readonly Photo[], report?: FeatureReport<Photo>): Promise<SeenPhoto<Photo>[]>
  close(): Promise<void>
}

/** A photo and the key of its features. */
export interface SeenPhoto<Photo> {
  readonly photo: Photo
  readonly key: string
}

export interface FeatureReport<Photo> {
  signal?: AbortSignal | undefined
  onProgress?: ((done: number) => void) | undefined
  /** A photo that could not be read; the others go on. */
  onFailure?: (photo: Photo, report: ErrorReport) => void
}

export interface ModelFeaturesOptions {
  /** Folders that hold encoder packages by id. */
  encoderRoots: readonly string[]
  /** The feature cache. */
  featureFolder: string
  session?: SessionOptions
}

/** @throws as `openModelEncoder` */
export async function openModelFeatures(model: ModelPackage, { encoderRoots, featureFolder, session }: ModelFeaturesOptions): Promise<ModelFeatures> {
  const encoder = await openModelEncoder(model, encoderRoots, session)
  const { pooling, regions } = model.manifest.encoder
  const features = openCachedFeatures(featureFolder, encoder.manifest, { pooling, mirror: false, regions })
  return {
    encoder,
    features,
    async ensure(photos, { signal, onProgress, onFailure } = {}) {
      const photoOf = new Map(photos.map((photo): [ImageToEncode, (typeof photos)[number]] => [photo, photo]))
      const keys = new Map<ImageToEncode, string>()
      await extractFeatures({
        images: photos,
        encoder,
        caches: [features.plain],
        ...(signal && { signal }),
        onProgress: (done) => onProgress?.(done),
        onFailure(image, report) {
          const photo = photoOf.get(image)
          if (photo !== undefined) onFailure?.(photo, report)
        },
        onFeatures: (image, hash) => void keys.set(image, hash),
      })
      const seen = photos.flatMap((photo) => {
        const key = keys.get(photo)
        return key === undefined ? [] : [{ photo, key }]
      })
      await ensureBoxes(
        features,
        seen.map(({ photo: { path, root }, key }) => ({ path, root, hash: key })),
        encoder,
        signal === undefined ? {} : { signal },
      )
      return seen
    },
    async close() {
      await features.close()
      await encoder.close()
    },
  }
}
