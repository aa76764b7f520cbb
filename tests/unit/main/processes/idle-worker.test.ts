import { resolve } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { createIdleWorker, type IdleWorker } from '../../../../src/main/processes/idle-worker.ts'
import type { ChildProcess } from '../../../../src/main/processes/worker-host.ts'
import { forkNode } from '../../../support/fork-node.ts'

const entry = resolve(import.meta.dirname, '../../../support/workers/trial-worker.ts')
let worker: IdleWorker | undefined
let started = 0
let ended = 0

function start(idleMilliseconds: number, atOnce?: number): IdleWorker {
  started = 0
  ended = 0
  const fork = (): ChildProcess => {
    const child = forkNode(entry)
    started++
    child.onExit(() => ended++)
    return child
  }
  worker = createIdleWorker({ name: 'trial', fork, ...(atOnce === undefined ? {} : { atOnce }) }, idleMilliseconds)
  return worker
}

afterEach(() => worker?.close())

const double = (value: number): Promise<number> => (worker as IdleWorker).ask('double', { value }, z.number())

test('one process answers all questions, started for the first', async () => {
  start(60_000)
  expect(started).toBe(0)
  expect(await Promise.all([double(1), double(2)])).toEqual([2, 4])
  expect(await double(3)).toBe(6)
  expect(started).toBe(1)
})

test('of questions that wait the urgent ones go first, then the newest', async () => {
  const busy = start(60_000, 1)
  const answered: number[] = []
  const ask = (value: number, urgent: boolean): Promise<void> =>
    busy.ask('double', { value }, z.number(), { urgent }).then((doubled) => void answered.push(doubled / 2))
  await Promise.all([ask(1, false), ask(2, false), ask(3, true), ask(4, false), ask(5, true), ask(6, false)])
  expect(answered).toEqual([1, 5, 3, 6, 4, 2])
  await double(7)
})

test('a question that waits can be made the newest again', async () => {
  const busy = start(60_000, 1)
  const answered: number[] = []
  const renewals = new Map<number, () => void>()
  const ask = (value: number): Promise<void> =>
    busy.ask('double', { value }, z.number(), { onWaiting: (renew) => void renewals.set(value, renew) }).then((doubled) => void answered.push(doubled / 2))
  const asked = [ask(1), ask(2), ask(3), ask(4)]
  expect([...renewals.keys()]).toEqual([2, 3, 4])
  renewals.get(2)?.()
  await Promise.all(asked)
  renewals.get(3)?.() // answered: nothing to renew
  expect(answered).toEqual([1, 2, 4, 3])
})

test('it ends when nobody asks, and is started again for the next question', async () => {
  start(20)
  expect(await double(1)).toBe(2)
  await vi.waitFor(() => expect(ended).toBe(1), { timeout: 10_000 })
  expect(await double(2)).toBe(4)
  expect(started).toBe(2)
})

test('after a crash the next question starts it again', async () => {
  const crashing = start(60_000)
  await expect(crashing.ask('crash', {}, z.unknown())).rejects.toMatchObject({ code: 'crashed' })
  await vi.waitFor(() => expect(ended).toBe(1), { timeout: 10_000 })
  await vi.waitFor(async () => expect(await double(2)).toBe(4), { timeout: 10_000 })
  expect(started).toBe(2)
})

test('a question that misses its deadline ends the process; what others had asked of it is answered by the next', async () => {
  const patient = start(60_000)
  expect(await double(1)).toBe(2)
  const hanging = patient.ask('wait', {}, z.unknown(), { within: 1000, about: 'The share' })
  const counting = patient.ask('count', { steps: 400 }, z.string())
  await expect(hanging).rejects.toMatchObject({ code: 'unavailable', message: 'The share did not answer within 1 seconds.' })
  expect(await counting).toBe('counted')
  expect(started).toBe(2)
})

test('a question can be cancelled, however deep in native code its process is', async () => {
  const patient = start(60_000)
  expect(await double(1)).toBe(2)
  const cancelling = new AbortController()
  const hanging = patient.ask('hang', {}, z.unknown(), { signal: cancelling.signal })
  setTimeout(() => cancelling.abort(), 200)
  await expect(hanging).rejects.toMatchObject({ code: 'cancelled' })
  expect(await double(2)).toBe(4)
})
