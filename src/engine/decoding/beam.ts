/**
 * Beam search as in the published captioners: the `beams` best continuations by summed log-probability, no length normalisation unless
 * asked for, UNK never written. A caption that ends leaves its place to the next best; the result is the best of all that ended.
 */
import { assertNever } from '#shared/errors.ts'
import { firstRows, remaining, type DecodedCaption, type NextRows, type RankedWords, type Stepper } from './stepper.ts'

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
  /** Told of every step of every image's search. What is found stays the same. */
  observe?: BeamObserver
}

/** What a step made of the hypotheses that were there. */
export interface BeamStep {
  /** Its place in the batch that the search began with. */
  readonly image: number
  /** Those that were kept, best first, then those that were dropped, best first. */
  readonly continuations: readonly BeamContinuation[]
}

export interface BeamContinuation {
  /** Which of those that went on after the step before it continues, in their order; 0 at the first step. */
  readonly parent: number
  readonly id: number
  readonly logProbability: number
  /** Of the whole prefix, this word in it. */
  readonly sum: number
  /** `cut`: the longest length ends it. `dropped`: there were enough better ones. */
  readonly fate: 'goes-on' | 'ended' | 'cut' | 'dropped'
}

export type BeamObserver = (step: BeamStep) => void

/** Words of each row that an observer is told of at least, so that it sees what even a single beam passed by. */
const observedWords = 3

/** For each image its best captions, best first, at most `stepper.beams`. */
export async function beamSearch(stepper: Stepper, options: BeamOptions): Promise<DecodedCaption[][]> {
  const { images, beams, outputs } = stepper
  const steps = Math.min(options.maximumWords, stepper.maximumSteps)
  const searches = Array.from({ length: images }, (_, image) => new ImageSearch(stepper, options, image))
  // No row needs more words than its image has places, and one more where UNK may be among them.
  const needed = options.suppressUnknown === false ? beams : beams + 1
  const count = Math.min(outputs, options.observe === undefined ? needed : Math.max(needed, observedWords))
  let inBatch = searches
  let rows = 1 // so long as an image has one hypothesis, the empty one
  let next = firstRows(images, rows)
  for (let step = 1; step <= steps; step++) {
    const ranked = await stepper.best(next, count)
    inBatch.forEach((search, place) => search.advance(ranked, { firstRow: place * rows, count, length: step, last: step === steps }))
    if (inBatch.every((search) => search.finished)) break
    const stay = remaining(inBatch.map((search) => !search.finished))
    next = nextRows(inBatch, stay, rows, beams)
    inBatch = stay === undefined ? inBatch : stay.map((place) => inBatch[place])
    rows = beams
  }
  return searches.map((search) => search.best())
}

/** `beams` rows for each image that stays; those of no hypothesis repeat one. */
function nextRows(searches: readonly ImageSearch[], stay: readonly number[] | undefined, rowsBefore: number, beams: number): NextRows {
  const places = stay ?? [...searches.keys()]
  const tokens = new Int32Array(places.length * beams)
  const parents = new Int32Array(places.length * beams)
  places.forEach((place, index) => {
    parents.fill(place * rowsBefore, index * beams, (index + 1) * beams)
    searches[place].live.forEach(({ ids, parent }, row) => {
      tokens[index * beams + row] = ids[ids.length - 1]
      parents[index * beams + row] = place * rowsBefore + parent
    })
  })
  return { tokens, parents, images: stay }
}

interface Hypothesis {
  ids: number[]
  tokenLogProbabilities: number[]
  sum: number
  /** Which of its image's rows it continues. */
  parent: number
}

interface Advance {
  /** The image's first row in what was ranked, and how many words each row has there. */
  firstRow: number
  count: number
  /** Steps so far. */
  length: number
  last: boolean
}

/** The search for one image's captions. */
class ImageSearch {
  readonly #beams: number
  readonly #penalty: LengthPenalty
  /** Ids from here on are not written. */
  readonly #limit: number
  readonly #top: TopContinuations
  readonly #tell: ((continuations: BeamContinuation[]) => void) | undefined
  #live: Hypothesis[] = [{ ids: [], tokenLogProbabilities: [], sum: 0, parent: 0 }]
  #ended: DecodedCaption[] = []

  constructor({ beams, outputs }: Stepper, { lengthPenalty = { kind: 'none' }, suppressUnknown = true, observe }: BeamOptions, image: number) {
    this.#beams = beams
    this.#penalty = lengthPenalty
    // UNK is the last id.
    this.#limit = suppressUnknown ? outputs - 1 : outputs
    this.#top = new TopContinuations(beams)
    this.#tell = observe && ((continuations) => observe({ image, continuations }))
  }

  get finished(): boolean {
    return this.#live.length === 0
  }

  /** Hypotheses that go on, one for each of the image's next rows. */
  get live(): readonly Hypothesis[] {
    return this.#live
  }

  /** Takes the best continuations. */
  advance(ranked: RankedWords, at: Advance): void {
    if (this.finished) return
    const { ids, logProbabilities } = ranked
    const { firstRow, count, length, last } = at
    this.#top.clear()
    this.#live.forEach(({ sum }, row) => {
      const start = (firstRow + row) * count
      for (let place = start; place < start + count; place++) if (ids[place] < this.#limit) this.#top.offer(sum + logProbabilities[place], row, place)
    })
    const previous = this.#live
    this.#live = []
    this.#top.forEach((sum, row, place) => {
      const before = previous[row]
      const id = ids[place]
      const ended = id === 0
      const written = ended
        ? { ids: before.ids, tokenLogProbabilities: before.tokenLogProbabilities }
        : { ids: [...before.ids, id], tokenLogProbabilities: [...before.tokenLogProbabilities, logProbabilities[place]] }
      if (ended || last) this.#ended.push({ ...written, logProbability: sum, ended, score: penalised(sum, length, this.#penalty) })
      else this.#live.push({ ...written, sum, parent: row })
    })
    this.#tell?.(this.#continuations(previous, ranked, at))
    if (this.#cannotImprove()) this.#live = []
  }

  /** What could go on from `previous`, as an observer is told: those at the top, and those that were left out. */
  #continuations(previous: readonly Hypothesis[], { ids, logProbabilities }: RankedWords, { firstRow, count, last }: Advance): BeamContinuation[] {
    const kept: BeamContinuation[] = []
    const places = new Set<number>()
    this.#top.forEach((sum, parent, place) => {
      places.add(place)
      kept.push({ parent, id: ids[place], logProbability: logProbabilities[place], sum, fate: ids[place] === 0 ? 'ended' : last ? 'cut' : 'goes-on' })
    })
    const dropped: BeamContinuation[] = []
    previous.forEach(({ sum }, parent) => {
      const start = (firstRow + parent) * count
      for (let place = start; place < start + count; place++) {
        if (ids[place] >= this.#limit || places.has(place)) continue
        dropped.push({ parent, id: ids[place], logProbability: logProbabilities[place], sum: sum + logProbabilities[place], fate: 'dropped' })
      }
    })
    return [...kept, ...dropped.toSorted((a, b) => b.sum - a.sum)]
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
  readonly #rows: Int32Array
  readonly #places: Int32Array
  #size = 0

  constructor(capacity: number) {
    this.#capacity = capacity
    this.#sums = new Float64Array(capacity)
    this.#rows = new Int32Array(capacity)
    this.#places = new Int32Array(capacity)
  }

  clear(): void {
    this.#size = 0
  }

  offer(sum: number, row: number, source: number): void {
    if (this.#size === this.#capacity && sum <= this.#sums[this.#capacity - 1]) return
    let place = Math.min(this.#size, this.#capacity - 1)
    while (place > 0 && this.#sums[place - 1] < sum) {
      this.#sums[place] = this.#sums[place - 1]
      this.#rows[place] = this.#rows[place - 1]
      this.#places[place] = this.#places[place - 1]
      place--
    }
    this.#sums[place] = sum
    this.#rows[place] = row
    this.#places[place] = source
    this.#size = Math.min(this.#size + 1, this.#capacity)
  }

  /** Best first. */
  forEach(visit: (sum: number, row: number, place: number) => void): void {
    for (let place = 0; place < this.#size; place++) visit(this.#sums[place], this.#rows[place], this.#places[place])
  }
}
