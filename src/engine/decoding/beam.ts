/**
 * Beam search as in the published captioners: the `beams` best continuations by summed log-probability, no length normalisation unless
 * asked for, UNK never written. A caption that ends leaves its place to the next best; the result is the best of all that ended.
 */
import { assertNever } from '#shared/errors.ts'
import { firstStep, type DecodedCaption, type Stepper } from './stepper.ts'

/** How the score of a caption of `length` steps (its end included) follows from its summed log-probability. */
export type LengthPenalty =
  | { kind: 'none' }
  /** Wu et al. 2016: sum / ((5 + length)^alpha / 6^alpha). */
  | { kind: 'wu'; alpha: number }
  /** sum / length */
  | { kind: 'average' }

export interface BeamOptions {
  maximumWords: number
  lengthPenalty?: LengthPenalty
  suppressUnknown?: boolean
}

interface Hypothesis {
  ids: number[]
  tokenLogProbabilities: number[]
  sum: number
  /** The row whose cache it continues. */
  row: number
}

/** For each image its best captions, best first, at most `stepper.beams`. */
export async function beamSearch(stepper: Stepper, options: BeamOptions): Promise<DecodedCaption[][]> {
  const { images, beams } = stepper
  const steps = Math.min(options.maximumWords, stepper.maximumSteps)
  const { tokens, parents } = firstStep(stepper)
  const searches = Array.from({ length: images }, (_, image) => new ImageSearch(image * beams, stepper, options))
  for (let step = 1; step <= steps; step++) {
    const logProbabilities = await stepper.step(tokens, parents)
    for (const search of searches) search.advance(logProbabilities, step, step === steps, tokens, parents)
    if (searches.every((search) => search.finished)) break
  }
  return searches.map((search) => search.best())
}

/** The search for one image's captions. */
class ImageSearch {
  readonly #firstRow: number
  readonly #beams: number
  readonly #outputs: number
  readonly #penalty: LengthPenalty
  readonly #allowedOutputs: number
  readonly #top: TopContinuations
  #live: Hypothesis[]
  #ended: DecodedCaption[] = []

  constructor(firstRow: number, { beams, outputs }: Stepper, { lengthPenalty = { kind: 'none' }, suppressUnknown = true }: BeamOptions) {
    this.#firstRow = firstRow
    this.#beams = beams
    this.#outputs = outputs
    this.#penalty = lengthPenalty
    // UNK is the last id: leaving it out is never reading it.
    this.#allowedOutputs = suppressUnknown ? outputs - 1 : outputs
    this.#top = new TopContinuations(beams)
    this.#live = [{ ids: [], tokenLogProbabilities: [], sum: 0, row: firstRow }]
  }

  get finished(): boolean {
    return this.#live.length === 0
  }

  /** Takes the best continuations and writes what the image's rows feed next. */
  advance(logProbabilities: Float32Array, length: number, last: boolean, tokens: Int32Array, parents: Int32Array): void {
    this.#top.clear()
    this.#live.forEach(({ sum, row }, index) => {
      const start = row * this.#outputs
      for (let id = 0; id < this.#allowedOutputs; id++) this.#top.offer(sum + logProbabilities[start + id], index, id)
    })
    const previous = this.#live
    this.#live = []
    this.#top.forEach((sum, index, id) => {
      const { ids, tokenLogProbabilities, row } = previous[index]
      const logProbability = logProbabilities[row * this.#outputs + id]
      const ended = id === 0
      const next = ended ? { ids, tokenLogProbabilities } : { ids: [...ids, id], tokenLogProbabilities: [...tokenLogProbabilities, logProbability] }
      if (ended || last) this.#ended.push({ ...next, logProbability: sum, ended, score: penalised(sum, length, this.#penalty) })
      else {
        const place = this.#firstRow + this.#live.length
        this.#live.push({ ...next, sum, row: place })
        tokens[place] = id
        parents[place] = row
      }
    })
    for (let spare = this.#live.length; spare < this.#beams; spare++) {
      tokens[this.#firstRow + spare] = 0
      parents[this.#firstRow + spare] = this.#firstRow
    }
    if (this.#cannotImprove()) this.#live = []
  }

  /** Sums only fall: once as many captions ended as are wanted, and none that lives beats the worst of them, the result stands. */
  #cannotImprove(): boolean {
    if (this.#penalty.kind !== 'none' || this.#ended.length < this.#beams || this.#live.length === 0) return false
    return this.best().every(({ score }) => this.#live[0].sum <= score)
  }

  best(): DecodedCaption[] {
    return this.#ended.toSorted((a, b) => b.score - a.score).slice(0, this.#beams)
  }
}

function penalised(sum: number, length: number, penalty: LengthPenalty): number {
  switch (penalty.kind) {
    case 'none':
      return sum
    case 'wu':
      return sum / ((5 + length) ** penalty.alpha / 6 ** penalty.alpha)
    case 'average':
      return sum / length
    default:
      return assertNever(penalty)
  }
}

/** The few highest of many offers, kept in order; of equal ones the first offered stays ahead. */
class TopContinuations {
  readonly #capacity: number
  readonly #sums: Float64Array
  readonly #hypotheses: Int32Array
  readonly #ids: Int32Array
  #size = 0

  constructor(capacity: number) {
    this.#capacity = capacity
    this.#sums = new Float64Array(capacity)
    this.#hypotheses = new Int32Array(capacity)
    this.#ids = new Int32Array(capacity)
  }

  clear(): void {
    this.#size = 0
  }

  offer(sum: number, hypothesis: number, id: number): void {
    if (this.#size === this.#capacity && sum <= this.#sums[this.#capacity - 1]) return
    let place = Math.min(this.#size, this.#capacity - 1)
    while (place > 0 && this.#sums[place - 1] < sum) {
      this.#sums[place] = this.#sums[place - 1]
      this.#hypotheses[place] = this.#hypotheses[place - 1]
      this.#ids[place] = this.#ids[place - 1]
      place--
    }
    this.#sums[place] = sum
    this.#hypotheses[place] = hypothesis
    this.#ids[place] = id
    this.#size = Math.min(this.#size + 1, this.#capacity)
  }

  /** Best first. */
  forEach(visit: (sum: number, hypothesis: number, id: number) => void): void {
    for (let place = 0; place < this.#size; place++) visit(this.#sums[place], this.#hypotheses[place], this.#ids[place])
  }
}
