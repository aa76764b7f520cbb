/**
 * Small encoders in lanes: threads with a session each, that encode one photo at a time on one core. A small convolutional network shares its work
 * badly among threads and its batches do not fit into a processor's caches, so lanes see more photos a second with less work; and the thread that
 * asks is free meanwhile.
 */
import { availableParallelism } from 'node:os'
import { openThreads, programOf, type Threads } from '#engine/runtime/threads.ts'
import type { EncodeQuestion, GridAndPooled, LaneData } from './encoder-lane.ts'

/** Weights of all lanes together, in bytes. */
const mostWeights = 256 * 1024 * 1024
const mostLanes = 8

/** How many lanes encode with weights of so many bytes on so many threads (0 or absent: one per core); 0 where one session does it better. */
export function laneCount(weightBytes: number, threads: number | undefined): number {
  const count = Math.min(threads || availableParallelism(), mostLanes, Math.floor(mostWeights / weightBytes))
  return count > 1 ? count : 0
}

export interface EncoderLanes {
  /** `batch` = [n, 3, height, width] → [n, …] of both outputs, one after the other. */
  encode(batch: Float32Array, n: number): Promise<GridAndPooled>
  close(): Promise<void>
}

export function openEncoderLanes(data: LaneData, count: number): EncoderLanes {
  const lanes: Threads<EncodeQuestion, GridAndPooled> = openThreads(programOf(new URL('./encoder-lane.ts', import.meta.url)), { count, name: 'encoding', data })
  return {
    async encode(batch, n) {
      const length = batch.length / n
      const parts = await Promise.all(
        Array.from({ length: n }, (_, image) => {
          const pixels = batch.slice(image * length, (image + 1) * length)
          return lanes.ask({ pixels }, [pixels.buffer])
        }),
      )
      return { grid: joined(parts.map(({ grid }) => grid)), pooled: joined(parts.map(({ pooled }) => pooled)) }
    },
    close: () => lanes.close(),
  }
}

/** Arrays of one length, one after the other. */
export function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.length * parts[0].length)
  parts.forEach((part, index) => all.set(part, index * part.length))
  return all
}
