/**
 * A captioner's step graphs in onnxruntime, one step after the other. The keys and values that a step writes stay where it wrote them, in memory that is
 * kept: the steps after it are told which rows their captions consist of.
 */
import type { Captioner, StepResult } from '#engine/captioners/captioner.ts'
import type { Session } from '#engine/runtime/session.ts'
import { Tensor } from '#engine/runtime/onnxruntime.ts'
import type { NextRows } from './stepper.ts'

export type TensorsByName = Readonly<Record<string, Tensor>>

/** Feeds and outputs of one step beside caches and rows. */
export interface StepRequest {
  readonly feeds?: TensorsByName
  readonly outputs: readonly string[]
}

export interface CachedSteps {
  /** Does the next step with the graph for `result` and gives the outputs asked for, valid until the next step. */
  step(result: StepResult, next: NextRows, request: StepRequest): Promise<TensorsByName>
}

/** Memory for what steps write, by its name; grows as needed. */
export type KeptMemory = Map<string, Float32Array>

/**
 * Steps over at most `rows` rows, attending to `memory`: tensors whose first axis is the image.
 * Those who share `kept` take turns: none may go on once another has begun.
 */
export function cachedSteps(
  sessionOf: (result: StepResult) => Promise<Session>,
  captioner: Captioner,
  memory: TensorsByName,
  { rows, kept }: { rows: number; kept: KeptMemory },
): CachedSteps {
  const { keptRows, config } = captioner
  const mostRows = rows * (config.maximumWords + 1)
  const places = keptRows.map((part) => ({ ...part, values: memoryFor(kept, part.fetch, mostRows * part.width) }))
  let position = 0
  let remembered = memory
  /** Rows written by all steps so far, and by those before the last one. */
  let written = 0
  let writtenBefore = 0
  /** [rows of the last step, position − 1]: the rows that each of them continues. */
  let continued = new Int32Array(0)

  return {
    async step(result, { tokens, parents, images }, { feeds = {}, outputs }) {
      if (images !== undefined) remembered = ofImages(remembered, images)
      const count = tokens.length
      const past = position === 0 ? continued : longerBy(continued, parents, position - 1, writtenBefore)
      const seen = places.map(({ feed, width, parts, values }): [string, Tensor] => {
        const before = position === 0 ? new Float32Array(width) : values.subarray(0, written * width)
        return [feed, new Tensor('float32', before, [before.length / (width / parts), width / parts])]
      })
      const own = places.map(({ fetch, width, values }): [string, Tensor] => [
        fetch,
        new Tensor('float32', values.subarray(written * width, (written + count) * width), [count, width]),
      ])
      const session = await sessionOf(result)
      const results: TensorsByName = await session.run(
        {
          ...remembered,
          ...Object.fromEntries(seen),
          ...feeds,
          tokens: integers(tokens),
          past_rows: position === 0 ? new Tensor('int32', new Int32Array(count), [count, 1]) : new Tensor('int32', past, [count, position]),
          position: integers([position]),
        },
        { ...Object.fromEntries(own), ...Object.fromEntries(outputs.map((name) => [name, null])) },
      )
      continued = past
      writtenBefore = written
      written += count
      position++
      return results
    },
  }
}

function memoryFor(kept: KeptMemory, name: string, size: number): Float32Array {
  const known = kept.get(name)
  if (known !== undefined && known.length >= size) return known
  const array = new Float32Array(size)
  kept.set(name, array)
  return array
}

/** What rows continue that continue `parents`, rows of a step that began at row `first`: what their parents continue, and these. */
function longerBy(continued: Int32Array, parents: Int32Array, length: number, first: number): Int32Array<ArrayBuffer> {
  const longer = new Int32Array(parents.length * (length + 1))
  parents.forEach((parent, row) => {
    const start = row * (length + 1)
    longer.set(continued.subarray(parent * length, (parent + 1) * length), start)
    longer[start + length] = first + parent
  })
  return longer
}

export function integers(values: ArrayLike<number>): Tensor {
  return new Tensor('int64', BigInt64Array.from(values, BigInt), [values.length])
}

/** Some images of tensors whose first axis they are. */
function ofImages(tensors: TensorsByName, images: readonly number[]): TensorsByName {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => {
      const values = floats(tensor)
      const [count, ...rest] = tensor.dims
      const size = values.length / count
      const chosen = new Float32Array(images.length * size)
      images.forEach((image, place) => chosen.set(values.subarray(image * size, (image + 1) * size), place * size))
      return [name, new Tensor('float32', chosen, [images.length, ...rest])]
    }),
  )
}

export function floats(tensor: Tensor): Float32Array {
  if (!(tensor.data instanceof Float32Array)) throw new TypeError(`a decoding graph gave ${tensor.type} in place of float32`)
  return tensor.data
}
