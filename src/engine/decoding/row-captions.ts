/** Captions that grow one word a step, each in a row of its own: what greedy decoding and sampling share. */
import type { DecodedCaption } from './stepper.ts'

interface Growing {
  ids: number[]
  tokenLogProbabilities: number[]
  logProbability: number
  ended: boolean
}

export class RowCaptions {
  readonly #rows: Growing[]
  #open: number

  constructor(rows: number) {
    this.#rows = Array.from({ length: rows }, () => ({ ids: [], tokenLogProbabilities: [], logProbability: 0, ended: false }))
    this.#open = rows
  }

  get allEnded(): boolean {
    return this.#open === 0
  }

  /** Adds what a row chose, unless it has ended. Returns the id to feed next. */
  append(row: number, id: number, logProbability: number): number {
    const caption = this.#rows[row]
    if (caption.ended) return 0
    caption.logProbability += logProbability
    if (id === 0) {
      caption.ended = true
      this.#open--
    } else {
      caption.ids.push(id)
      caption.tokenLogProbabilities.push(logProbability)
    }
    return id
  }

  finish(): DecodedCaption[] {
    return this.#rows.map((caption) => ({ ...caption, score: caption.logProbability }))
  }
}
