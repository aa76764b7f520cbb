/** The Python process that runs the same network in PyTorch: found, started, asked line by line. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { z } from 'zod'

/** Interpreters that are tried where none is named: what is first on the path need not be the one that has PyTorch. */
export const usualInterpreters = ['python3', 'python', '/usr/bin/python3', '/usr/local/bin/python3']

/** The first interpreter that can import torch. */
export function interpreterWithTorch(interpreters: readonly string[]): string | undefined {
  return interpreters.find((interpreter) => spawnSync(interpreter, ['-c', 'import torch'], { stdio: 'ignore' }).status === 0)
}

export type PeerRequest =
  | { kind: 'open'; setting: string }
  | { kind: 'train'; steps: number }
  | { kind: 'multiply'; shape: readonly number[]; times: number }
  | { kind: 'decode'; beams: number; batch: number }
  | { kind: 'encode'; photos: number; times: number }

export interface Peer {
  /** Asks, and checks the answer. Throws with what Python said where it ended. */
  ask<T>(request: PeerRequest, answer: z.ZodType<T>): Promise<T>
  close(): Promise<void>
}

/**
 * Starts a script of this folder. `threads` is told to every library that PyTorch may multiply with: its own setting does not reach all of them. Its idle threads sleep, unless told otherwise: of two
 * threads that wait in a busy loop, GNU's OpenMP made PyTorch half as fast.
 */
export function startPeer(interpreter: string, threads: number, script: string): Peer {
  const child = spawn(interpreter, [join(import.meta.dirname, script)], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      OMP_WAIT_POLICY: 'passive',
      ...process.env,
      OMP_NUM_THREADS: String(threads),
      OPENBLAS_NUM_THREADS: String(threads),
      MKL_NUM_THREADS: String(threads),
    },
  })
  let complaints = ''
  child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()))
  const closed = once(child, 'close')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    async ask(request, answer) {
      child.stdin.write(`${JSON.stringify(request)}\n`)
      const { value, done } = await lines.next()
      if (done === true) throw new Error(`PyTorch's process ended: ${complaints}`)
      return answer.parse(JSON.parse(value))
    },
    async close() {
      child.stdin.end()
      await closed
    },
  }
}
