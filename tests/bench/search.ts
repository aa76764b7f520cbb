/**
 * `npm run bench -- search`: milliseconds of an exact search (cosine to every embedding, the best 100) over drawn embeddings, beside the naive loop
 * over plain arrays in turns. Options: --images, --width, --rounds.
 */
import { parseArgs } from 'node:util'
import { indexOfVectors, scaleToLengthOne } from '#engine/vision/search/embedding-search.ts'
import { normal, randomAt } from '#shared/random.ts'

export interface SearchBenchmark {
  images: number
  width: number
  best: number
  /** median */
  milliseconds: number
  naiveMilliseconds: number
  /** naive over ours */
  ratio: number
  peakMemoryMegabytes: number
}

const best = 100

export async function run(args: string[]): Promise<SearchBenchmark> {
  const option = (value: string) => ({ type: 'string' as const, default: value })
  const { values } = parseArgs({ args, options: { images: option('120000'), width: option('512'), rounds: option('9') } })
  const [images, width, rounds] = [Number(values.images), Number(values.width), Number(values.rounds)]
  const random = randomAt(1, 'weights', 0)
  const draw = (length: number): Float32Array => Float32Array.from({ length }, () => normal(random))
  const vectors = draw(images * width)
  const index = await indexOfVectors(
    Array.from({ length: images }, (_, image) => String(image)),
    vectors,
    width,
  )
  const [ours, naive]: [number[], number[]] = [[], []]
  for (let round = 0; round <= rounds; round++) {
    const query = draw(width)
    const begun = performance.now()
    index.search(query, best)
    const searched = performance.now()
    naiveSearch(vectors, scaleToLengthOne(query))
    if (round > 0) {
      ours.push(searched - begun)
      naive.push(performance.now() - searched)
    }
  }
  const [milliseconds, naiveMilliseconds] = [median(ours), median(naive)]
  return {
    images,
    width,
    best,
    milliseconds,
    naiveMilliseconds,
    ratio: naiveMilliseconds / milliseconds,
    peakMemoryMegabytes: process.resourceUsage().maxRSS / 1024,
  }
}

/** All inner products in JavaScript, all of them sorted. */
function naiveSearch(vectors: Float32Array, query: Float32Array): number[] {
  const products = Array.from({ length: vectors.length / query.length }, (_, row) => {
    let sum = 0
    for (let index = 0; index < query.length; index++) sum += vectors[row * query.length + index] * query[index]
    return { row, sum }
  })
  return products
    .sort((a, b) => b.sum - a.sum)
    .slice(0, best)
    .map(({ row }) => row)
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]
}
