import type { DecodingMethod } from './decode.ts'

/** What a beam width means: 1 is greedy decoding, which may write UNK as the published captioners do; more is beam search. */
export function methodForBeam(beam: number): DecodingMethod {
  return beam === 1 ? { kind: 'greedy' } : { kind: 'beam', beams: beam }
}
