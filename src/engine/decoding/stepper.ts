/**
 * What a search walks on: one decoding step at a time, over all rows of a batch. A row is one caption being written; the rows of one image lie
 * next to each other, and at every step each image that is still in the batch has equally many. Words are chosen where log-probabilities are:
 * no search sees a whole row of the vocabulary.
 */

/** The rows of the next step. */
export interface NextRows {
  /** The word that each row adds; 0 at the first step. */
  readonly tokens: Int32Array
  /** The row of the step before that each continues; at the first step its own. */
  readonly parents: Int32Array
  /** The images that stay, by their places among those of the step before; absent: all. At the first step all are there. */
  readonly images?: readonly number[] | undefined
}

/** The best words of each row, best first; of equal ones the lower id. Valid until the next step. */
export interface RankedWords {
  /** [rows, count] */
  readonly ids: ArrayLike<number>
  /** [rows, count] */
  readonly logProbabilities: Float32Array
}

/** One word for each row. Valid until the next step. */
export interface DrawnWords {
  readonly ids: ArrayLike<number>
  readonly logProbabilities: Float32Array
}

export interface DrawOptions {
  /** For each row the share of the whole probability, in [0, 1), that the cumulated one has to pass. */
  readonly shares: Float64Array
  /** Divides the log-probabilities before drawing. The reported ones are those at temperature 1. */
  readonly temperature: number
  /** UNK is never drawn. */
  readonly suppressUnknown: boolean
}

/** One batch in decoding. */
export interface Stepper {
  readonly images: number
  /** Most rows of an image. */
  readonly beams: number
  /** V + 1: id 0 ends a caption, id V is UNK. */
  readonly outputs: number
  /** Most steps it can do. */
  readonly maximumSteps: number
  /** Does the next step and gives the `count` best words of each row. */
  best(next: NextRows, count: number): Promise<RankedWords>
  /** Does the next step and draws a word for each row. */
  draw(next: NextRows, options: DrawOptions): Promise<DrawnWords>
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

/** The first step's rows, `rows` of each image. */
export function firstRows(images: number, rows: number): NextRows {
  return { tokens: new Int32Array(images * rows), parents: Int32Array.from({ length: images * rows }, (_, row) => row) }
}

/** Images that are done leave the batch once at most this share of it goes on: to leave costs a copy of what the others attend to. */
const worthLeaving = 0.8

/** The images that go on at the next step, by their places now; undefined where it is not worth to let the others go. */
export function remaining(goesOn: readonly boolean[]): readonly number[] | undefined {
  const places = goesOn.flatMap((goes, place) => (goes ? [place] : []))
  return places.length <= worthLeaving * goesOn.length ? places : undefined
}
