/**
 * A run's numbers: every parameter's value, gradient, moments and moving average. Trainable parameters lie one behind the other in one
 * memory, so that the optimiser is a loop over a long array, and the graph reads and writes the same memory by views.
 */
import type { Captioner, ParameterSpec, Weights } from '#engine/captioners/captioner.ts'
import type { Initial } from '#engine/nn/scope.ts'
import { AppError } from '#shared/errors.ts'
import type { OptimizerArrays, Segment } from './adamw.ts'
import { normal, randomAt, uniform } from '#shared/random.ts'

export interface ParameterStore {
  readonly specs: readonly ParameterSpec[]
  /** Names of the parameters that learn, in the order of their segments. */
  readonly trainable: readonly string[]
  readonly segments: readonly Segment[]
  /** Arrays over all trainable values, all of them in `memory`. */
  readonly arrays: OptimizerArrays
  readonly memory: WebAssembly.Memory
  /** Views by name: all parameters. */
  readonly values: ReadonlyMap<string, Float32Array>
  /** Views by name: trainable parameters. */
  readonly gradients: ReadonlyMap<string, Float32Array>
  /** What is evaluated and kept: the moving average where there is one, else the values. */
  readonly evaluated: Weights
}

const elements = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1)

/** Fresh weights by each parameter's own rule, from (seed, place in the list). */
export function initialWeights(captioner: Captioner, seed: number): Map<string, Float32Array> {
  return new Map(captioner.parameters.map(({ name, shape, initial }, index) => [name, initialValues(initial, elements(shape), seed, index)]))
}

function initialValues(initial: Initial, length: number, seed: number, index: number): Float32Array {
  const values = new Float32Array(length)
  if (initial.kind === 'constant') return values.fill(initial.value)
  const random = randomAt(seed, 'weights', index)
  for (let i = 0; i < length; i++) {
    values[i] = initial.kind === 'uniform' ? (2 * uniform(random) - 1) * initial.bound : normal(random) * initial.deviation
  }
  return values
}

/**
 * Lays out the memory of a run that starts from `weights`.
 * @throws AppError `bad-input` where the weights do not fit the captioner
 */
export function createParameterStore(
  captioner: Captioner,
  weights: Weights,
  options: { trainable(spec: ParameterSpec): boolean; weightDecay: number; averaging: boolean },
): ParameterStore {
  const specs = captioner.parameters
  const learning = specs.filter((spec) => options.trainable(spec))
  const total = learning.reduce((sum, { shape }) => sum + elements(shape), 0)
  const { memory, arrays } = allocate(total, options.averaging)
  const values = new Map<string, Float32Array>()
  const gradients = new Map<string, Float32Array>()
  const evaluated = new Map<string, Float32Array>()
  const segments: Segment[] = []
  let start = 0
  for (const spec of specs) {
    const length = elements(spec.shape)
    const given = weights.get(spec.name)
    if (given?.length !== length) {
      throw new AppError('bad-input', `The weights do not fit the captioner: “${spec.name}” should have ${length} values, not ${given?.length ?? 0}.`)
    }
    if (!options.trainable(spec)) {
      values.set(spec.name, given)
      evaluated.set(spec.name, given)
      continue
    }
    const end = start + length
    arrays.values.set(given, start)
    if (options.averaging) arrays.average.set(given, start)
    values.set(spec.name, arrays.values.subarray(start, end))
    gradients.set(spec.name, arrays.gradients.subarray(start, end))
    evaluated.set(spec.name, (options.averaging ? arrays.average : arrays.values).subarray(start, end))
    segments.push({ start, length, decay: spec.decay ? options.weightDecay : 0 })
    start = end
  }
  return { specs, trainable: learning.map(({ name }) => name), segments, arrays, memory, values, gradients, evaluated }
}

/** onnxruntime's binding reads and writes memory that threads share in Node; in Electron it refuses it. */
const threadsShare = process.versions['electron'] === undefined

/** Zeroed arrays, in memory that threads share where that is possible. */
function allocate(length: number, averaging: boolean): { memory: WebAssembly.Memory; arrays: OptimizerArrays } {
  const pages = Math.ceil((strideOf(length) * (averaging ? 5 : 4)) / pageBytes) + 1
  if (pages > maximumPages) {
    throw new AppError('bad-input', `A captioner with ${length} values to learn is too large: its training would need more than 4 GiB.`, {
      todo: 'Choose a smaller captioner, or train its decoder only.',
    })
  }
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: threadsShare })
  return { memory, arrays: arraysIn(memory, length, averaging) }
}

/** The arrays of a store as they lie in its memory: one behind the other, each beginning at a multiple of 16 bytes. */
export function arraysIn(memory: WebAssembly.Memory, length: number, averaging: boolean): OptimizerArrays {
  const floats = (place: number, count = length): Float32Array => new Float32Array(memory.buffer, place * strideOf(length), count)
  return {
    values: floats(0),
    gradients: floats(1),
    firstMoments: floats(2),
    secondMoments: floats(3),
    average: averaging ? floats(4) : floats(0, 0),
  }
}

function strideOf(length: number): number {
  return Math.ceil((length * 4) / 16) * 16
}

const pageBytes = 65_536
const maximumPages = 65_536

/** A copy of the weights that the run would keep now. */
export function copyWeights(weights: Weights): Map<string, Float32Array> {
  return new Map([...weights].map(([name, values]) => [name, Float32Array.from(values)]))
}
