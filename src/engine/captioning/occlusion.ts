/**
 * Occlusion after Zeiler and Fergus (2014), of a captioner's visual tokens: how likely a caption's words are with one token taken away. Attention says what was read,
 * occlusion what the word depends on. What is taken away is the token alone: an encoder's neighbouring cells have seen its part of the photo, too.
 */
import { AppError } from '#shared/errors.ts'
import type { Captioner } from '#engine/captioners/captioner.ts'
import { inBatches } from '#engine/datasets/in-batches.ts'
import type { CaptionDecoder } from '#engine/decoding/caption-decoder.ts'
import type { VisualBatch } from './visual-batch.ts'

/** `hidden`: its mask is 0, as if it were padding. `mean`: it gives way to the mean of the tokens in question. */
export type Removal = 'hidden' | 'mean'

export function removalOf({ visualInputs }: Pick<Captioner, 'visualInputs'>): Removal {
  return visualInputs.includes('visual_mask') ? 'hidden' : 'mean'
}

/** Copies of one photo that are read together. */
const copies = 32

/**
 * For each word of `ids` its log-probability without each of `tokens`, in their order, of one photo.
 * @throws AppError `cancelled` once the signal is aborted, at the next few copies
 */
export async function logProbabilitiesWithout(
  decoder: Pick<CaptionDecoder, 'likelihoods'>,
  captioner: Pick<Captioner, 'visualInputs'>,
  visual: VisualBatch,
  ids: ArrayLike<number>,
  tokens: readonly number[],
  signal?: AbortSignal,
): Promise<number[][]> {
  const width = visual.features.length / visual.visualTokens
  const instead = removalOf(captioner) === 'mean' ? meanOf(visual.features, tokens, width) : undefined
  const found: number[][] = []
  for (const some of inBatches(tokens, copies)) {
    await new Promise((resolve) => setImmediate(resolve)) // a message that cancels comes in between
    if (signal?.aborted === true) throw new AppError('cancelled', 'Nobody waits for what the words depend on any more.')
    const likelihoods = await decoder.likelihoods(without(visual, some, width, instead), ids)
    likelihoods.forEach((ofWord, word) => (found[word] ??= []).push(...ofWord))
  }
  return found
}

/** A copy of the photo for each token, which is missing in it. */
function without({ visualTokens, features, regions }: VisualBatch, tokens: readonly number[], width: number, instead: Float32Array | undefined): VisualBatch {
  const repeated = (values: Float32Array): Float32Array => {
    const all = new Float32Array(values.length * tokens.length)
    for (let copy = 0; copy < tokens.length; copy++) all.set(values, copy * values.length)
    return all
  }
  const batch = {
    images: tokens.length,
    visualTokens,
    features: repeated(features),
    regions: { mask: repeated(regions.mask), boxes: repeated(regions.boxes) },
  }
  tokens.forEach((token, copy) => {
    const place = copy * visualTokens + token
    if (instead !== undefined) return batch.features.set(instead, place * width)
    batch.features.fill(0, place * width, (place + 1) * width)
    batch.regions.mask[place] = 0
    batch.regions.boxes.fill(0, 4 * place, 4 * place + 4)
  })
  return batch
}

function meanOf(features: Float32Array, tokens: readonly number[], width: number): Float32Array {
  return Float32Array.from({ length: width }, (_, unit) => tokens.reduce((sum, token) => sum + features[token * width + unit], 0) / tokens.length)
}
