/** A model package at work with its encoder: photos in, candidate captions out. */
import { openCaptionDecoder, type FollowedCaption } from '#engine/decoding/caption-decoder.ts'
import { tracedBeamSearch, type TracedSearch } from '#engine/decoding/beam-tree.ts'
import type { DecodingMethod } from '#engine/decoding/decode.ts'
import { readModelPackage, type ModelPackage } from '#engine/models/model-package.ts'
import { encodeCaption, tokenizeFor } from '#engine/text/vocabulary.ts'
import type { Preprocessing } from '#engine/vision/encoders/encoder-manifest.ts'
import { boxPlaces, cellPlaces } from '#engine/vision/encoders/token-places.ts'
import type { ImageToEncode } from '#engine/vision/features/extract.ts'
import type { RegionBox } from '#engine/vision/regions/roi-align.ts'
import { inBatches } from '#engine/datasets/in-batches.ts'
import type { Provider } from '#shared/domain.ts'
import { AppError, type ErrorReport } from '#shared/errors.ts'
import { candidateText, captionFromFeatures, type CandidateText, type CaptioningSetting } from './caption-from-features.ts'
import { openModelFeatures, type ModelFeaturesOptions, type SeenPhoto } from './model-features.ts'
import { logProbabilitiesWithout, removalOf, type Removal } from './occlusion.ts'
import { visualBatchOf, type VisualBatch } from './visual-batch.ts'

/** As many as keep two cores busy with one batch's words and the next one's features. */
export const photosPerBatch = 32

export interface CaptioningRequest<Photo extends ImageToEncode> {
  photos: Iterable<Photo>
  method: DecodingMethod
  /** Photos encoded and captioned together (default `photosPerBatch`). */
  batch?: number
  signal?: AbortSignal
  /** Awaited before every batch: pends while the work is paused. */
  unpaused?: () => Promise<void>
  /** What came of each batch; awaited before the next. */
  onBatch(batch: CaptionedBatch<Photo>): void | Promise<void>
}

export interface CaptionedBatch<Photo> {
  /** Candidates are best first. */
  captioned: { photo: Photo; /** SHA-256 of the file that was captioned. */ key: string; candidates: CandidateText[] }[]
  /** Photos that could not be read; the others go on. */
  failed: { photo: Photo; report: ErrorReport }[]
}

/** A batch whose features are there. */
interface SeenBatch<Photo> {
  seen: SeenPhoto<Photo>[]
  failed: CaptionedBatch<Photo>['failed']
}

/** What words of a caption depend on: how likely each is while one visual token at a time is taken away. */
export interface OccludedCaption {
  readonly seen: SeenCaption
  readonly removal: Removal
  /** The visual tokens that were taken away: those that have a place. */
  readonly tokens: readonly number[]
  /** For each word, its log-probability without each of `tokens`. */
  readonly without: readonly (readonly number[])[]
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
  caption<Photo extends ImageToEncode>(request: CaptioningRequest<Photo>): Promise<void>
  /** What the model attends to and how likely it finds each word when it is led along a caption of a photo. @throws AppError `bad-input` for a photo that cannot be read */
  look(photo: ImageToEncode, caption: string): Promise<SeenCaption>
  /**
   * The same, and how likely it finds each word without each part of the photo. Takes as many times longer as there are visual tokens.
   * @throws as `look`, and AppError `cancelled` once the signal is aborted
   */
  occlude(photo: ImageToEncode, caption: string, signal?: AbortSignal): Promise<OccludedCaption>
  /** How captions of a photo are found with so many beams; 1 is greedy decoding. @throws as `look` */
  trace(photo: ImageToEncode, beams: number): Promise<TracedSearch>
  close(): Promise<void>
}

/**
 * Opens a package (or takes one that was read) and its encoder.
 * @throws AppError `unavailable` where its encoder is not there or is another one of that name; and what reading them throws
 */
export async function openCaptioner(source: string | ModelPackage, options: ModelFeaturesOptions): Promise<LoadedCaptioner> {
  const model = typeof source === 'string' ? await readModelPackage(source) : source
  const seeing = await openModelFeatures(model, options)
  const { features, encoder } = seeing
  // The next photos are decoded and encoded meanwhile: idle threads leave them the cores.
  const decoder = await openCaptionDecoder(model.captioner, model.weights, { waiting: 'sleep', ...options.session })

  /** Sees to the features of a batch. */
  const seeBatch = async <Photo extends ImageToEncode>(photos: readonly Photo[], signal: AbortSignal | undefined): Promise<SeenBatch<Photo>> => {
    const failed: SeenBatch<Photo>['failed'] = []
    return { seen: await seeing.ensure(photos, { signal, onFailure: (photo, report) => void failed.push({ photo, report }) }), failed }
  }
  const captionBatch = async <Photo extends ImageToEncode>(
    { seen, failed }: SeenBatch<Photo>,
    setting: Pick<CaptioningSetting, 'method' | 'signal'>,
  ): Promise<CaptionedBatch<Photo>> => {
    const keys = seen.map(({ key }) => key)
    const decoded = await captionFromFeatures(decoder, features, keys, { ...setting, batchImages: Math.max(1, keys.length) })
    const captioned = seen.map(({ photo, key }, index) => ({
      photo,
      key,
      candidates: decoded[index].map((caption) => candidateText(model.vocabulary, caption)),
    }))
    return { captioned, failed }
  }

  const visualOf = async (photo: ImageToEncode): Promise<VisualBatch> => {
    const [{ key }] = await seeing.ensure([photo], {
      onFailure: (_photo, { happened, ...rest }) => {
        throw new AppError('bad-input', happened, rest)
      },
    })
    return visualBatchOf(features, [key])
  }
  const look = async (visual: VisualBatch, caption: string): Promise<SeenCaption> => {
    const words = tokenizeFor(model.vocabulary, caption)
    const followed = await decoder.follow(visual, encodeCaption(model.vocabulary, caption))
    const places = features.boxes === undefined ? cellPlaces(features.plain.key) : boxPlaces(visual.regions)
    return { ...followed, words: words.slice(0, followed.attention.length), places, input: encoder.manifest.input }
  }

  return {
    model,
    provider: decoder.provider,
    look: async (photo, caption) => look(await visualOf(photo), caption),
    async occlude(photo, caption, signal) {
      const visual = await visualOf(photo)
      const seen = await look(visual, caption)
      const tokens = seen.places.flatMap((place, token) => (place === null ? [] : [token]))
      const without = await logProbabilitiesWithout(decoder, model.captioner, visual, encodeCaption(model.vocabulary, caption), tokens, signal)
      return { seen, removal: removalOf(model.captioner), tokens, without }
    },
    async trace(photo, beams) {
      const stepper = await decoder.begin(await visualOf(photo), beams)
      // One beam may write UNK, as greedy decoding does.
      return tracedBeamSearch(stepper, { maximumWords: Infinity, suppressUnknown: beams > 1 })
    },
    async caption<Photo extends ImageToEncode>({ photos, method, batch = photosPerBatch, signal, unpaused, onBatch }: CaptioningRequest<Photo>) {
      const setting = signal === undefined ? { method } : { method, signal }
      const batches = inBatches(photos, batch)
      const seeNext = (): Promise<SeenBatch<Photo>> | undefined => {
        const next = batches.next()
        if (next.done === true) return undefined
        const seen = seeBatch(next.value, signal)
        seen.catch(() => undefined) // thrown where it is awaited
        return seen
      }
      const ready = async (): Promise<void> => {
        await unpaused?.()
        if (signal?.aborted === true) throw new AppError('cancelled', 'Captioning was cancelled.', { kept: 'The captions written so far are kept.' })
      }
      await ready()
      let ahead = seeNext()
      try {
        while (ahead !== undefined) {
          const seen = await ahead
          // The next photos are decoded and encoded while the words of these are found.
          ahead = seeNext()
          await onBatch(await captionBatch(seen, setting))
          if (ahead !== undefined) await ready()
        }
      } finally {
        await ahead?.catch(() => undefined)
      }
    },
    async close() {
      await decoder.close()
      await seeing.close()
    },
  }
}
