/** Captions every photo of a captioned set, with a progress bar: what commands that judge a model begin with. */
import { openCaptioner } from '#engine/captioning/loaded-captioner.ts'
import type { ModelPackage } from '#engine/models/model-package.ts'
import type { CaptionedImage } from '#engine/datasets/captioned-photos.ts'
import { AppError } from '#shared/errors.ts'
import { methodForBeam } from '#engine/decoding/method-for-beam.ts'
import { progressBar } from './progress.ts'

export interface CaptionSet {
  /** Folder of the model package. */
  model: string
  images: readonly CaptionedImage[]
  beam: number
  encoders: string
  /** Feature cache. */
  features: string
  threads: number
  signal: AbortSignal
  /** Captions as they are made. */
  onCaptioned?: (made: readonly { image: CaptionedImage; text: string }[]) => void
}

/** The best caption of each photo, by path. @throws AppError `bad-input` for a photo that cannot be read: scores without it would be others */
export async function captionSet({
  images,
  signal,
  ...set
}: CaptionSet): Promise<{ texts: Map<string, string>; model: ModelPackage; photosPerSecond: number }> {
  const captioner = await openCaptioner(set.model, {
    encoderRoots: [set.encoders],
    featureFolder: set.features,
    session: { threads: set.threads },
  })
  const texts = new Map<string, string>()
  const bar = progressBar('captioning')
  const begun = performance.now()
  try {
    await captioner.caption({
      photos: images,
      method: methodForBeam(set.beam),
      batch: 50,
      signal,
      onBatch({ captioned, failed: [failure] }) {
        if (failure !== undefined) {
          const { photo, report } = failure
          throw new AppError('bad-input', `${photo.path} cannot be judged: ${report.happened}`, { todo: 'Mend the photo or leave it out of the list.' })
        }
        for (const { photo, candidates } of captioned) texts.set(photo.path, candidates[0].text)
        set.onCaptioned?.(captioned.map(({ photo, candidates }) => ({ image: photo, text: candidates[0].text })))
        bar.update(texts.size, images.length)
      },
    })
  } finally {
    bar.stop()
    await captioner.close()
  }
  return { texts, model: captioner.model, photosPerSecond: (1000 * texts.size) / (performance.now() - begun) }
}
