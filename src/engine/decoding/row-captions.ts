/** Captions that grow one word a step, each in a row of its own: what greedy decoding and sampling share. */
import { firstRows, remaining, type DecodedCaption, type NextRows } from './stepper.ts'

interface Growing {
  ids: number[]
  tokenLogProbabilities: number[]
  logProbability: number
  ended: boolean
}

export class RowCaptions {
  readonly #captions: readonly Growing[]
  readonly #rowsPerImage: number
  /** Which captions have rows in the batch, by their places among all. */
  #inBatch: readonly number[]
  #next: NextRows

  constructor(images: number, rowsPerImage: number) {
    this.#captions = Array.from({ length: images * rowsPerImage }, () => ({ ids: [], tokenLogProbabilities: [], logProbability: 0, ended: false }))
    this.#rowsPerImage = rowsPerImage
    this.#inBatch = [...this.#captions.keys()]
    this.#next = firstRows(images, rowsPerImage)
  }

  get allEnded(): boolean {
    return this.#inBatch.every((place) => this.#captions[place].ended)
  }

  /** Rows of the batch, by the places of their captions among all. */
  get rows(): readonly number[] {
    return this.#inBatch
  }

  nextRows(): NextRows {
    return this.#next
  }

  /** Adds what each row of the batch chose, unless its caption has ended. */
  append(choiceOf: (row: number) => { id: number; logProbability: number }): void {
    const rows = this.#rowsPerImage
    this.#inBatch.forEach((place, row) => {
      const caption = this.#captions[place]
      if (caption.ended) return
      const { id, logProbability } = choiceOf(row)
      caption.logProbability += logProbability
      if (id === 0) caption.ended = true
      else {
        caption.ids.push(id)
        caption.tokenLogProbabilities.push(logProbability)
      }
    })
    const images = Array.from({ length: this.#inBatch.length / rows }, (_, image) => this.#inBatch.slice(image * rows, (image + 1) * rows))
    const stay = remaining(images.map((captions) => captions.some((place) => !this.#captions[place].ended)))
    const places = stay ?? [...images.keys()]
    this.#inBatch = places.flatMap((place) => images[place])
    this.#next = {
      tokens: Int32Array.from(this.#inBatch, (place) => lastWord(this.#captions[place])),
      parents: Int32Array.from(places.flatMap((place) => Array.from({ length: rows }, (_, row) => place * rows + row))),
      images: stay,
    }
  }

  finish(): DecodedCaption[] {
    return this.#captions.map((caption) => ({ ...caption, score: caption.logProbability }))
  }
}

function lastWord({ ids, ended }: Growing): number {
  return ended ? 0 : ids[ids.length - 1]
}
