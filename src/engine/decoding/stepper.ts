/** What a search walks on: one decoding step at a time, over all rows (images × beams) of a batch. */

/** One batch in decoding. Rows of one image lie next to each other; there are always images × beams of them. */
export interface Stepper {
  readonly images: number
  readonly beams: number
  /** V + 1: id 0 ends a caption, id V is UNK. */
  readonly outputs: number
  /** Most steps it can do. */
  readonly maximumSteps: number
  /**
   * Appends tokens[r] to what row parents[r] had before (the first step: tokens all 0, parents each its own row).
   * Returns log-probabilities [rows, outputs] of what comes next, valid until the next step.
   */
  step(tokens: Int32Array, parents: Int32Array): Promise<Float32Array>
}

/** A caption as a search found it. */
export interface DecodedCaption {
  /** Word ids, without the end. */
  readonly ids: readonly number[]
  /** Log-probability of each word. */
  readonly tokenLogProbabilities: readonly number[]
  /** Σ of the words' log-probabilities and the end's, where it ended by itself. */
  readonly logProbability: number
  /** False where the longest length cut it off. */
  readonly ended: boolean
  /** What candidates are ranked by: logProbability, or that under the length penalty. */
  readonly score: number
}

/** Feeds of a batch's first step. */
export function firstStep({ images, beams }: Stepper): { tokens: Int32Array; parents: Int32Array } {
  const rows = images * beams
  return { tokens: new Int32Array(rows), parents: Int32Array.from({ length: rows }, (_, row) => row) }
}
