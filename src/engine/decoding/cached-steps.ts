/**
 * A captioner's step graphs in onnxruntime, one step after the other. Keys and values stay in memory that is kept: a step reads what the step
 * before wrote, and writes into what that one read.
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

/** Memory for caches, by the name of what is written into it; grows as needed. */
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
  const { caches, config } = captioner
  let position = 0
  let remembered = memory
  let before: TensorsByName = {}

  const emptyCaches = (count: number): TensorsByName =>
    Object.fromEntries(caches.map(({ feed, shape }) => [feed, new Tensor('float32', new Float32Array(0), shape(count, 0))]))
  const memoryFor = (name: string, shape: readonly number[]): Tensor => {
    const size = sizeOf(shape)
    const key = `${name} ${position % 2}`
    let array = kept.get(key)
    if (array === undefined || array.length < size) {
      array = new Float32Array(Math.max(size, sizeOf(shapeAtEnd(name))))
      kept.set(key, array)
    }
    return new Tensor('float32', array.subarray(0, size), shape)
  }
  const shapeAtEnd = (name: string): readonly number[] => caches.find(({ fetch }) => fetch === name)?.shape(rows, config.maximumWords) ?? []

  return {
    async step(result, { tokens, parents, images }, { feeds = {}, outputs }) {
      if (images !== undefined) remembered = ofImages(remembered, images)
      const count = tokens.length
      const written = Object.fromEntries(caches.map(({ fetch, shape }) => [fetch, memoryFor(fetch, shape(count, position + 1))]))
      const session = await sessionOf(result)
      const results: TensorsByName = await session.run(
        {
          ...remembered,
          ...(position === 0 ? emptyCaches(count) : before),
          ...feeds,
          tokens: integers(tokens),
          parents: integers(parents),
          position: integers([position]),
        },
        { ...written, ...Object.fromEntries(outputs.map((name) => [name, null])) },
      )
      before = Object.fromEntries(caches.map(({ feed, fetch }) => [feed, written[fetch]]))
      position++
      return results
    },
  }
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

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1)
}
