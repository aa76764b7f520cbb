/** In how many images' references each n-gram occurs: counted, and as a table that a CIDEr uses. */
import type { NgramCounts, NgramIndex } from './ngrams.ts'

export interface DocumentFrequency {
  /** hash of the content */
  id: string
  /** images counted */
  images: number
  /** how the references were tokenized; scores are comparable only with candidates tokenized alike */
  tokenizer: string
  index: NgramIndex
  /** images whose references hold each n-gram of `index` */
  frequencies: Int32Array
}

/** Counts in how many images' references each n-gram of an index occurs, image by image. */
export class DocumentCounter {
  readonly #index: NgramIndex
  #frequencies = new Int32Array(1 << 11)
  #lastImage = new Int32Array(1 << 11)
  #images = 0

  constructor(index: NgramIndex) {
    this.#index = index
  }

  get images(): number {
    return this.#images
  }

  /** Adds the references of the next image, counted with the same index. */
  add(references: readonly NgramCounts[]): void {
    this.#images++
    if (this.#frequencies.length < this.#index.size) {
      this.#frequencies = enlarged(this.#frequencies, 2 * this.#index.size)
      this.#lastImage = enlarged(this.#lastImage, 2 * this.#index.size)
    }
    for (const { ids } of references) {
      for (const ngramId of ids) {
        if (this.#lastImage[ngramId] === this.#images) continue
        this.#lastImage[ngramId] = this.#images
        this.#frequencies[ngramId]++
      }
    }
  }

  /** The frequencies so far, one for each n-gram of the index. */
  frequencies(): Int32Array {
    return enlarged(this.#frequencies.subarray(0, this.#index.size), this.#index.size)
  }
}

function enlarged(array: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(length)
  larger.set(array)
  return larger
}
