import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { errorReportSchema, toReport } from '#shared/errors.ts'
import { startWorker } from '../../../../src/main/processes/worker-host.ts'
import type { Worker, WorkerOptions } from '../../../../src/main/processes/worker-host.ts'
import { forkNode } from '../../../support/fork-node.ts'

const folder = resolve(import.meta.dirname, '../../../support/workers')
const workers: Worker[] = []

async function start(options: Partial<WorkerOptions> = {}): Promise<Worker> {
  const worker = await startWorker({ name: 'trial', fork: () => forkNode(resolve(folder, 'trial-worker.ts')), ...options })
  workers.push(worker)
  return worker
}

afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop()))
})

describe('a worker process', () => {
  test('answers requests, several at a time', async () => {
    const worker = await start()
    const answers = await Promise.all([1, 2, 3].map((value) => worker.request('double', { value }, z.number())))
    expect(answers).toEqual([2, 4, 6])
  })

  test('passes an AppError on with all its sentences', async () => {
    const worker = await start()
    await expect(worker.request('refuse', {}, z.unknown())).rejects.toMatchObject({
      code: 'bad-input',
      message: 'The value is odd.',
      kept: 'All is kept.',
      todo: 'Use another.',
    })
  })

  test('an unexpected error keeps its stack and its cause’s, from the process where it arose', async () => {
    const worker = await start()
    const error = await worker.request('fail', {}, z.unknown()).catch(toReport)
    expect(error).toMatchObject({ code: 'internal', happened: 'Nobody foresaw this.' })
    const { details } = errorReportSchema.parse(error)
    expect(details).toMatch(/^Error: Nobody foresaw this\.\n +at .*trial-worker\.ts/)
    expect(details).toMatch(/\nCaused by: TypeError: the reason beneath\n +at .*trial-worker\.ts/)
  })

  test('a process that dies of an error outside a request leaves its stack in the log', async () => {
    const logs = await mkdtemp(join(tmpdir(), 'capstan-logs-'))
    const worker = await start({ fork: () => forkNode(resolve(folder, 'trial-worker.ts'), { CAPSTAN_LOGS: logs }) })
    await worker.request('die', {}, z.unknown()).catch(() => undefined)
    expect(await worker.ended).toBe(1)
    expect(await readFile(join(logs, 'capstan.log'), 'utf8')).toMatch(
      /error trial-worker: This process ends: Error: An error in no request\.\n +at .*trial-worker\.ts/,
    )
    await rm(logs, { recursive: true })
  })

  test('refuses an input that its schema does not accept, and a name it does not know', async () => {
    const worker = await start()
    await expect(worker.request('double', { value: 'two' }, z.number())).rejects.toMatchObject({ code: 'internal' })
    await expect(worker.request('toString', {}, z.unknown())).rejects.toMatchObject({ code: 'internal' })
  })

  test('a crash rejects everything under way as crashed, and later requests too', async () => {
    const worker = await start()
    const waiting = worker.request('wait', {}, z.unknown())
    const crashing = worker.request('crash', {}, z.unknown())
    await expect(crashing).rejects.toMatchObject({ code: 'crashed' })
    await expect(waiting).rejects.toMatchObject({ code: 'crashed' })
    await expect(worker.request('double', { value: 1 }, z.number())).rejects.toMatchObject({ code: 'crashed' })
    expect(worker.alive).toBe(false)
  })

  test('a cancelled request ends as cancelled', async () => {
    const cancel = new AbortController()
    const worker = await start({ onEvent: () => cancel.abort('cancel') })
    await expect(worker.request('wait', {}, z.unknown(), { signal: cancel.signal })).rejects.toMatchObject({ code: 'cancelled' })
    expect(worker.alive).toBe(true)
  })

  test('a cancelled request that does not wind up costs its process', async () => {
    const cancel = new AbortController()
    const worker = await start()
    const hanging = worker.request('hang', {}, z.unknown(), { signal: cancel.signal, cancelWithin: 200 })
    cancel.abort('cancel')
    await expect(hanging).rejects.toMatchObject({ code: 'crashed' })
    expect(await worker.ended).toBe(137)
  })

  test('stopping kills a process that does not listen', async () => {
    const worker = await start({ stopWithin: 200 })
    const hanging = worker.request('hang', {}, z.unknown())
    const outcome = expect(hanging).rejects.toMatchObject({ code: 'cancelled' })
    await worker.stop()
    await outcome
  })

  test('a process that never becomes ready is given up', async () => {
    const silent = startWorker({ name: 'silent', fork: () => forkNode(resolve(folder, 'silent-worker.ts')), readyWithin: 500 })
    await expect(silent).rejects.toMatchObject({ code: 'crashed' })
  })

  test('a pause holds the work until it is lifted', async () => {
    const steps: unknown[] = []
    const worker = await start({ onEvent: (event) => steps.push(event) })
    worker.pause(true)
    const counting = worker.request('count', { steps: 5 }, z.string())
    await worker.request('double', { value: 1 }, z.number()) // the pause has arrived by now
    expect(steps).toEqual([])
    worker.pause(false)
    expect(await counting).toBe('counted')
    expect(steps).toEqual([1, 2, 3, 4, 5])
  })

  test('asks main and gets its answer or its error', async () => {
    const worker = await start({ onAsk: (question) => Promise.resolve(`answer to ${String(question)}`) })
    expect(await worker.request('ask-back', {}, z.string())).toBe('answer to what is it?')
    const unanswered = await start()
    await expect(unanswered.request('ask-back', {}, z.string())).rejects.toMatchObject({ code: 'internal' })
  })

  test('a stopped process is not waited for when its work is cancelled, however long the work may take to wind up', { timeout: 20_000 }, async () => {
    const worker = await start()
    const cancelling = new AbortController()
    const waiting = worker.request('wait', {}, z.unknown(), { signal: cancelling.signal, cancelWithin: 120_000, silentWithin: 3000 })
    waiting.catch(() => undefined)
    await worker.request('double', { value: 1 }, z.number())
    process.kill(worker.pid!, 'SIGSTOP')
    const began = performance.now()
    cancelling.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'crashed' })
    expect(performance.now() - began).toBeLessThan(10_000)
  })
})
