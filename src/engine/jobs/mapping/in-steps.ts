/** Long computations of a job in short steps, and their results as bytes. */
import type { JobContext } from '#shared/jobs.ts'
import { throwIfCancelled } from '#engine/runtime/job-runtime.ts'

/** Milliseconds between two looks at pause and cancel. */
const slice = 50

/** Runs a computation to its end; pauses, cancels and tells how far it is in between. Its steps must be short. */
export async function toEnd<Step, Result>(context: JobContext, steps: Iterator<Step, Result>, tell: (step: Step) => void = () => undefined): Promise<Result> {
  for (;;) {
    const end = performance.now() + slice
    let step = steps.next()
    while (!step.done && performance.now() < end) step = steps.next()
    if (step.done) return step.value
    tell(step.value)
    await new Promise((resolve) => setImmediate(resolve))
    await context.unpaused()
    throwIfCancelled(context)
  }
}

/** A copy, in the machine's own order of bytes. */
export function bytesOf(array: Int32Array | Float32Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(new Uint8Array(array.buffer, array.byteOffset, array.byteLength))
}
