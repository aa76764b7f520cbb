/**
 * The optimiser's passes over a store, each thread over its part. They wait for memory more than they reckon: two cores are nearly twice as fast, many are
 * not faster than a few. How many there are changes no bit: an update sees each value by itself, and squares are summed by pieces of one length.
 */
import { availableParallelism } from 'node:os'
import { openThreads, programOf, type Threads } from '#engine/runtime/threads.ts'
import type { Segment, UpdateSetting } from './adamw.ts'
import { openAdamwKernel, type AdamwKernel } from './adamw-kernel.ts'
import type { ParameterStore } from './parameter-store.ts'

export interface UpdateData {
  /** One that threads share. */
  memory: WebAssembly.Memory
  length: number
  averaging: boolean
}

/** Something to do for the values [start, end), or for segments of them. */
export type Task = { kind: 'sum-squares'; start: number; end: number } | { kind: 'update'; segments: readonly Segment[]; setting: UpdateSetting }

export interface UpdateThreads {
  /** Σ of squares of all gradients. */
  sumOfSquares(): Promise<number>
  /** Updates every segment. */
  update(setting: UpdateSetting): Promise<void>
  close(): Promise<void>
}

const pieceLength = 2 ** 20
const mostThreads = 4

/** `threads`: 0 or absent, one per core, this one included; few values are not worth a second, and memory that is not shared allows none. */
export async function openUpdateThreads({ memory, arrays, segments }: ParameterStore, threads: number | undefined): Promise<UpdateThreads> {
  const { length } = arrays.values
  const pieces = Math.ceil(length / pieceLength)
  const most = memory.buffer instanceof SharedArrayBuffer ? mostThreads : 1
  const count = Math.max(1, Math.min(threads || availableParallelism(), most, pieces))
  const edges = Array.from({ length: count + 1 }, (_, part) => Math.min(length, Math.round((part * pieces) / count) * pieceLength))
  const parts = edges.slice(1).map((end, part) => ({ start: edges[part], end, segments: between(segments, edges[part], end) }))
  const kernel = await openAdamwKernel(memory, arrays)
  const data: UpdateData = { memory, length, averaging: arrays.average.length > 0 }
  const others: Threads<Task, readonly number[]> = openThreads(programOf(new URL('./update-thread.ts', import.meta.url)), {
    count: count - 1,
    name: 'optimiser',
    data,
  })

  /** The parts' results, in their order; this thread does the first. */
  async function each(taskOf: (part: (typeof parts)[number]) => Task): Promise<number[]> {
    const [own, ...rest] = parts.map(taskOf)
    const asked = rest.map((task) => others.ask(task))
    return [does(kernel, own), ...(await Promise.all(asked))].flat()
  }

  return {
    async sumOfSquares() {
      const sums = await each(({ start, end }) => ({ kind: 'sum-squares', start, end }))
      return sums.reduce((total, sum) => total + sum, 0)
    },
    async update(setting) {
      await each((part) => ({ kind: 'update', segments: part.segments, setting }))
    },
    close: () => others.close(),
  }
}

/** Does a task; of squares the sum of each piece. */
export function does(kernel: AdamwKernel, task: Task): readonly number[] {
  if (task.kind === 'update') {
    kernel.update(task.segments, task.setting)
    return []
  }
  const sums: number[] = []
  for (let start = task.start; start < task.end; start += pieceLength) sums.push(kernel.sumOfSquares(start, Math.min(task.end, start + pieceLength)))
  return sums
}

/** What of segments lies in [from, to). */
function between(segments: readonly Segment[], from: number, to: number): Segment[] {
  return segments.flatMap(({ start, length, decay }) => {
    const [first, end] = [Math.max(start, from), Math.min(start + length, to)]
    return first < end ? [{ start: first, length: end - first, decay }] : []
  })
}
