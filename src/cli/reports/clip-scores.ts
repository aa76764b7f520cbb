/** Captions beside their photos as CLIP sees both, and what `clip-score` says of them. */
import type { OutputRules } from '#engine/files/output-place.ts'
import { writeOutput } from '#engine/files/output-place.ts'
import { textPieces } from '#engine/files/text-pieces.ts'
import type { CaptionedImage } from '#engine/metrics/match-results.ts'
import type { TextEncoder } from '#engine/vision/encoders/text-encoder.ts'
import type { ImageId } from '#shared/domain.ts'
import { clipScorePrefix } from '#shared/metrics/clip-score.ts'
import type { EmbeddedImage } from '#shared/metrics/metric.ts'
import type { MetricValues } from '#shared/metrics/summable.ts'
import { embedPhotos, type EmbeddingOptions } from '../embedded-photos.ts'
import { decimals } from '../scoring.ts'

export interface CaptionedPhoto extends CaptionedImage {
  path: string
}

/** Embeddings of photos and of all their captions; photos that cannot be read are left out, with why. */
export async function embedCaptioned(
  photos: readonly CaptionedPhoto[],
  texts: TextEncoder,
  options: EmbeddingOptions,
  signal: AbortSignal,
): Promise<{ embedded: EmbeddedImage[]; failed: ReadonlyMap<string, string> }> {
  const { index, failed } = await embedPhotos(
    photos.map(({ path }) => path),
    options,
    signal,
  )
  const places = new Map(index.keys.map((key, place) => [key, place]))
  const embedded: EmbeddedImage[] = []
  for (const { id, path, candidate, references } of photos) {
    const place = places.get(path)
    if (place === undefined) continue
    const captions = [candidate, ...references]
    const vectors = await texts.embed(captions.map((caption) => clipScorePrefix + caption))
    const [own, ...others] = captions.map((_, row) => vectors.slice(row * texts.width, (row + 1) * texts.width))
    embedded.push({ id, image: index.vector(place), candidate: own, references: others })
  }
  return { embedded, failed }
}

interface ClipScored {
  corpus: MetricValues
  images: number
  perImage: Iterable<readonly [ImageId, MetricValues]> | AsyncIterable<readonly [ImageId, MetricValues]>
}

/** Prints corpus values and writes one JSON line an image, where asked for. */
export async function reportClipScores(
  { corpus, images, perImage }: ClipScored,
  output: { encoder: string; perImage: string | undefined; rules: OutputRules },
): Promise<void> {
  for (const [name, value] of Object.entries(corpus)) console.log(`${name}  ${decimals(value)}`)
  console.log(`${images} images, encoder ${output.encoder}`)
  if (output.perImage !== undefined) await writeOutput(output.perImage, textPieces(linesOf(perImage)), output.rules)
}

async function* linesOf(perImage: ClipScored['perImage']): AsyncGenerator<string> {
  for await (const [id, scores] of perImage) yield `${JSON.stringify({ image_id: id, scores })}\n`
}
