import { expect, test } from 'vitest'
import { arraysIn } from '#engine/training/optimiser/parameter-store.ts'
import { openUpdateThreads } from '#engine/training/optimiser/update-threads.ts'
import { randomAt, uniform } from '#shared/random.ts'
import { updateSetting as setting } from '../../../../support/update-setting.ts'

const length = 3 * 2 ** 20 + 5
// Neither ends where a thread's part does.
const segments = [
  { start: 0, length: 700_001, decay: 0.1 },
  { start: 700_001, length: length - 700_001, decay: 0 },
]

/** A store of drawn values, with nothing of a captioner. */
function drawnStore() {
  const memory = new WebAssembly.Memory({ initial: 1000, maximum: 1000, shared: true })
  const arrays = arraysIn(memory, length, true)
  const random = randomAt(1, 'weights', 0)
  const { values, gradients, firstMoments, secondMoments, average } = arrays
  for (const array of [values, gradients, firstMoments, secondMoments, average]) for (let i = 0; i < length; i++) array[i] = uniform(random)
  const none = new Map<string, Float32Array>()
  return { memory, arrays, segments, specs: [], trainable: [], values: none, gradients: none, evaluated: none }
}

/** The bits after two updates, and the sum of squares. */
async function after(threads: number) {
  const store = drawnStore()
  const passes = await openUpdateThreads(store, threads)
  const sum = await passes.sumOfSquares()
  for (let step = 0; step < 2; step++) await passes.update(setting)
  await passes.close()
  return { sum, bits: Buffer.from(store.memory.buffer) }
}

test('any number of threads leaves the same bits', async () => {
  const one = await after(1)
  const { gradients } = drawnStore().arrays
  expect(one.sum).toBeCloseTo(
    gradients.reduce((sum, gradient) => sum + gradient * gradient, 0),
    3,
  )
  for (const threads of [2, 3]) {
    const several = await after(threads)
    expect(several.sum).toBe(one.sum)
    expect(several.bits.equals(one.bits)).toBe(true)
  }
})
