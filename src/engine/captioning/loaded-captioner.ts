/** A model package at work with its encoder: photos in, candidate captions out. */
import { join } from 'node:path'
import { openCaptionDecoder, type FollowedCaption } from '#engine/decoding/caption-decoder.ts'
import { decodeBatch, type DecodingMethod } from '#engine/decoding/decode.ts'
import type { DecodedCaption } from '#engine/decoding/stepper.ts'
import type { SessionOptions } from '#engine/runtime/session.ts'
import { decodeWords, encodeCaption, joinWords, tokenizeFor } from '#engine/text/vocabulary.ts'
import type { Preprocessing } from '#engine/vision/encoders/encoder-manifest.ts'
import { openEncoder } from '#engine/vision/encoders/encoder.ts'
import { extractFeatures } from '#engine/vision/features/extract.ts'
import { ensureBoxes, ensureFeatures, openCachedFeatures } from '#engine/training/data/cached-features.ts'
import { createVisualBatch, readVisual, type VisualBatch } from '#engine/training/data/visual-batch.ts'
import { featureKey } from '#engine/vision/features/feature-key.ts'
import type { LocatedPhoto } from '#engine/vision/regions/region-boxes.ts'
import type { RegionBox } from '#engine/vision/regions/roi-align.ts'
import { boxPlaces, cellPlaces } from '#engine/vision/encoders/token-places.ts'
import { AppError, type ErrorReport } from '#shared/errors.ts'
import type { Provider } from '#shared/domain.ts'
import { readModelPackage, type ModelPackage } from '#engine/models/model-package.ts'

export interface CandidateText {
  text: string
  /** Of the whole caption. */
  logProbability: number
  /** Of each word. */
  tokenLogProbabilities: readonly number[]
}

export interface CaptioningRequest {
  paths: readonly string[]
  method: DecodingMethod
  /** Photos encoded and captioned together (default 16). */
  batch?: number
  signal?: AbortSignal
  /** One photo's candidates, best first; called in no particular order. */
  onCaption(path: string, candidates: CandidateText[]): void
  /** A photo that could not be read; the others go on. */
  onFailure(path: string, report: ErrorReport): void
}

/** A caption as the model sees it, word by word. */
export interface SeenCaption extends FollowedCaption {
  readonly words: readonly string[]
  /** Where each visual token is in the encoder's input, x0, y0, x1, y1 in 0–1; null for the class token. */
  readonly places: readonly (RegionBox | null)[]
  readonly input: Preprocessing
}

export interface LoadedCaptioner {
  readonly model: ModelPackage
  /** The provider that executes. */
  readonly provider: Provider
  /** Captions photos. Throws AppError `cancelled` on abort; what was told by then stands. */
  caption(request: CaptioningRequest): Promise<void>
  /** What the model attends to and how likely it finds each word when it is led along a caption of a photo. @throws AppError `bad-input` for a photo that cannot be read */
  look(path: string, caption: string): Promise<SeenCaption>
  close(): Promise<void>
}

export interface LoadOptions {
  /** Folders that hold encoder packages by id. */
  encoderRoots: readonly string[]
  /** The feature cache. */
  featureFolder: string
  session?: SessionOptions
}

/**
 * Opens a package and its encoder.
 * @throws AppError `unavailable` where its encoder is not there or is another one of that name; and what reading them throws
 */
export async function openCaptioner(folder: string, { encoderRoots, featureFolder, session = {} }: LoadOptions): Promise<LoadedCaptioner> {
  const model = await readModelPackage(folder)
  const encoder = await openModelEncoder(model, encoderRoots, session)
  const { pooling, regions } = model.manifest.encoder
  const features = openCachedFeatures(featureFolder, encoder.manifest, { pooling, mirror: false, regions })
  const decoder = await openCaptionDecoder(model.captioner, model.weights, session)

  /** What the captioner reads of photos whose features are cached. */
  const visualOf = async (found: readonly LocatedPhoto[]): Promise<VisualBatch> => {
    await ensureBoxes(features, found, encoder)
    const visual = createVisualBatch(found.length, features.visualTokens, features.featureWidth)
    found.forEach(({ hash }, index) => readVisual(visual, index, features, hash, false))
    return visual
  }

  const captionBatch = async (found: readonly LocatedPhoto[], request: CaptioningRequest): Promise<void> => {
    const visual = await visualOf(found)
    const decoded = await decodeBatch(decoder, visual.features, found.length, features.visualTokens, request.method, Infinity, visual.regions)
    found.forEach(({ path }, index) =>
      request.onCaption(
        path,
        decoded[index].map((caption) => candidateText(model, caption)),
      ),
    )
  }

  const look = async (path: string, caption: string): Promise<SeenCaption> => {
    const found = await ensureFeatures([path], encoder, [features.plain], {
      onFailure: (_path, { happened, ...rest }) => {
        throw new AppError('bad-input', happened, rest)
      },
    })
    const visual = await visualOf([{ path, hash: found.get(path) ?? '' }])
    const words = tokenizeFor(model.vocabulary, caption)
    const followed = await decoder.follow(visual.features, features.visualTokens, encodeCaption(model.vocabulary, caption), visual.regions)
    const places = regions === undefined ? cellPlaces(features.plain.key) : boxPlaces(visual.regions)
    return { ...followed, words: words.slice(0, followed.attention.length), places, input: encoder.manifest.input }
  }

  return {
    model,
    provider: decoder.provider,
    look,
    async caption(request) {
      const { paths, batch = 16, signal } = request
      for (let first = 0; first < paths.length; first += batch) {
        if (signal?.aborted === true) throw new AppError('cancelled', 'Captioning was cancelled.', { kept: 'The captions written so far are kept.' })
        const found: { path: string; hash: string }[] = []
        await extractFeatures({
          images: paths.slice(first, first + batch).map((path) => ({ path })),
          encoder,
          caches: [features.plain],
          onFeatures: ({ path }, hash) => found.push({ path, hash }),
          onFailure: ({ path }, report) => request.onFailure(path, report),
        })
        if (found.length > 0) await captionBatch(found, request)
      }
    },
    async close() {
      await decoder.close()
      await encoder.close()
      await features.close()
    },
  }
}

function candidateText({ vocabulary }: ModelPackage, { ids, logProbability, tokenLogProbabilities }: DecodedCaption): CandidateText {
  return { text: joinWords(decodeWords(vocabulary, ids)), logProbability, tokenLogProbabilities }
}

/** Opens the encoder that a model was trained with. */
export async function openModelEncoder(
  { manifest }: ModelPackage,
  encoderRoots: readonly string[],
  session: SessionOptions,
): Promise<Awaited<ReturnType<typeof openEncoder>>> {
  const problem = (what: string, cause?: unknown): AppError =>
    new AppError('unavailable', `The model “${manifest.name}” needs the encoder “${manifest.encoder.id}”, ${what}.`, {
      kept: 'Nothing was changed.',
      todo: 'Add that encoder, or choose another model.',
      ...(cause === undefined ? {} : { cause }),
    })
  for (const root of encoderRoots) {
    const encoder = await openEncoder(join(root, manifest.encoder.id), session).catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'not-found') return undefined
      throw error
    })
    if (encoder === undefined) continue
    if (featureKey(encoder.manifest).fingerprint === manifest.encoder.fingerprint) return encoder
    await encoder.close()
    throw problem('and the one of that name here has other weights or preprocessing')
  }
  throw problem('which is not here')
}
