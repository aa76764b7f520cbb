/** Long computations in the process that also saves corrections: in short slices, with everything else in between. */

/** Milliseconds; a keystroke's draft waits no longer than this and one step. */
const slice = 10

/** Runs a computation to its end at once. */
export function allSteps<Result>(steps: Iterator<unknown, Result>): Result {
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}

/** Runs a computation to its end, letting other requests in after every slice. Its steps must be short. */
export async function inSlices<Result>(steps: Iterator<unknown, Result>): Promise<Result> {
  for (;;) {
    const end = performance.now() + slice
    do {
      const step = steps.next()
      if (step.done) return step.value
    } while (performance.now() < end)
    await new Promise((resolve) => setImmediate(resolve))
  }
}
