/**
 * Exact search over image embeddings by cosine: every vector is scaled to length 1 once, so that a search is one pass of inner products
 * that a heap of the best so far looks at.
 */
import { AppError } from '#shared/errors.ts'
import { openInnerProducts } from './inner-products.ts'

export interface Match {
  key: string
  /** cosine, −1 to 1 */
  similarity: number
}

export interface EmbeddingIndex {
  readonly width: number
  /** the key of each vector */
  readonly keys: readonly string[]
  /** The `count` vectors nearest to the query by cosine, best first, equal ones in their order. The query may have any length. */
  search(query: Float32Array, count: number): Match[]
  /** The cosine of every vector to the query, a copy. */
  cosines(query: Float32Array): Float32Array
  /** The vector of a key's place, of length 1 (a vector of zeros stays zeros). */
  vector(place: number): Float32Array
  /** The places after `place` whose cosine to it is at least `similarity`. */
  laterWithin(place: number, similarity: number): number[]
}

/** An index of vectors that `read` writes one by one: place → its `width` values. Throws what `openInnerProducts` throws. */
export async function openEmbeddingIndex(
  keys: readonly string[],
  width: number,
  read: (place: number, destination: Float32Array) => void,
): Promise<EmbeddingIndex> {
  const products = await openInnerProducts(keys.length, width)
  for (let place = 0; place < keys.length; place++) {
    const vector = products.row(place)
    read(place, vector)
    scaleToLengthOne(vector)
  }
  const cosinesOf = (query: Float32Array): Float32Array => products.with(scaleToLengthOne(Float32Array.from(query)))
  return {
    width,
    keys,
    search: (query, count) => bestRows(cosinesOf(query), count).map(({ row, similarity }) => ({ key: keys[row], similarity })),
    cosines: (query) => Float32Array.from(cosinesOf(query)),
    vector: (place) => Float32Array.from(products.row(place)),
    laterWithin(place, similarity) {
      const found: number[] = []
      products.with(products.row(place), place + 1).forEach((cosine, offset) => {
        if (cosine >= similarity) found.push(place + 1 + offset)
      })
      return found
    },
  }
}

/** The same for vectors that lie behind each other, [keys.length, width]. */
export function indexOfVectors(keys: readonly string[], vectors: Float32Array, width: number): Promise<EmbeddingIndex> {
  if (vectors.length !== keys.length * width) throw new AppError('internal', `${vectors.length} values are no ${keys.length} vectors of ${width}.`)
  return openEmbeddingIndex(keys, width, (place, destination) => destination.set(vectors.subarray(place * width, (place + 1) * width)))
}

/** Scales a vector to length 1, in place. */
export function scaleToLengthOne(vector: Float32Array): Float32Array {
  let squares = 0
  for (let index = 0; index < vector.length; index++) squares += vector[index] * vector[index]
  const scale = squares > 0 ? 1 / Math.sqrt(squares) : 0
  for (let index = 0; index < vector.length; index++) vector[index] *= scale
  return vector
}

interface Candidate {
  row: number
  similarity: number
}

const better = (a: Candidate, b: Candidate): boolean => a.similarity > b.similarity || (a.similarity === b.similarity && a.row < b.row)

/** The best rows, best first: a heap with the worst of them at its root, which most rows never get past. */
function bestRows(similarities: Float32Array, count: number): Candidate[] {
  const heap: Candidate[] = []
  for (let row = 0; row < similarities.length; row++) {
    const similarity = similarities[row]
    if (heap.length === count && (count === 0 || similarity <= heap[0].similarity)) continue
    if (heap.length < count) {
      heap.push({ row, similarity })
      siftUp(heap)
    } else {
      heap[0] = { row, similarity }
      siftDown(heap)
    }
  }
  return heap.sort((a, b) => (better(a, b) ? -1 : 1))
}

function siftUp(heap: Candidate[]): void {
  let place = heap.length - 1
  while (place > 0) {
    const parent = (place - 1) >> 1
    if (!better(heap[parent], heap[place])) return
    ;[heap[parent], heap[place]] = [heap[place], heap[parent]]
    place = parent
  }
}

function siftDown(heap: Candidate[]): void {
  let place = 0
  for (;;) {
    const left = 2 * place + 1
    const right = left + 1
    let worst = place
    if (left < heap.length && better(heap[worst], heap[left])) worst = left
    if (right < heap.length && better(heap[worst], heap[right])) worst = right
    if (worst === place) return
    ;[heap[worst], heap[place]] = [heap[place], heap[worst]]
    place = worst
  }
}
