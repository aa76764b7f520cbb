/** Captions every photo of a captioned set, with a progress bar: what commands that judge a model begin with. */
import { openCaptioner } from '#engine/captioning/loaded-captioner.ts'
import type { ModelPackage } from '#engine/models/model-package.ts'
import type { CaptionedImage } from '#engine/training/data/caption-data.ts'
import { AppError } from '#shared/errors.ts'
import { methodOf } from './commands/caption.ts'
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
      paths: images.map(({ path }) => path),
      method: methodOf(set.beam),
      batch: 50,
      signal,
      onCaption(path, [best]) {
        texts.set(path, best.text)
        bar.update(texts.size, images.length)
      },
      onFailure(path, { happened }) {
        throw new AppError('bad-input', `${path} cannot be judged: ${happened}`, { todo: 'Mend the photo or leave it out of the list.' })
      },
    })
  } finally {
    bar.stop()
    await captioner.close()
  }
  return { texts, model: captioner.model, photosPerSecond: (1000 * texts.size) / (performance.now() - begun) }
}
