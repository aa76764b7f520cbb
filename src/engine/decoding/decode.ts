/** One entry to all ways of decoding, for one batch of images. */
import { assertNever } from '#shared/errors.ts'
import { beamSearch, type LengthPenalty } from './beam.ts'
import type { CaptionDecoder, VisualInput } from './caption-decoder.ts'
import { greedySearch } from './greedy.ts'
import { sampleCaptions } from './sample.ts'
import type { DecodedCaption } from './stepper.ts'

export type DecodingMethod =
  /** UNK is not written, unless as published `suppressUnknown` is false. */
  | { kind: 'greedy'; suppressUnknown?: boolean }
  | { kind: 'beam'; beams: number; lengthPenalty?: LengthPenalty }
  | { kind: 'sample'; samples: number; temperature: number; seed: number; imageNumbers: readonly number[] }

export interface DecodingOptions {
  method: DecodingMethod
  /** The longest caption in words, if shorter than the captioner's own. */
  maximumWords?: number
}

/** Candidates of each image, best (or first drawn) first. */
export async function decodeBatch(
  decoder: CaptionDecoder,
  visual: VisualInput,
  { method, maximumWords = Infinity }: DecodingOptions,
): Promise<DecodedCaption[][]> {
  const begin = (beams: number) => decoder.begin(visual, beams)
  switch (method.kind) {
    case 'greedy': {
      const captions = await greedySearch(await begin(1), { maximumWords, suppressUnknown: method.suppressUnknown ?? true })
      return captions.map((caption) => [caption])
    }
    case 'beam':
      return beamSearch(await begin(method.beams), { ...method, maximumWords })
    case 'sample': {
      const rows = await sampleCaptions(await begin(method.samples), { ...method, maximumWords })
      return Array.from({ length: visual.images }, (_, image) => rows.slice(image * method.samples, (image + 1) * method.samples))
    }
    default:
      return assertNever(method)
  }
}
