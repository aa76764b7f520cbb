import { resolve } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Job } from '#shared/jobs.ts'
import { AppError } from '#shared/errors.ts'
import { createJobRunner } from '../../../../src/main/jobs/job-runner.ts'
import type { JobRunner } from '../../../../src/main/jobs/job-runner.ts'
import { startWorker } from '../../../../src/main/processes/worker-host.ts'
import { forkNode } from '../../../support/fork-node.ts'
import { memoryQueue } from '../../../support/memory-queue.ts'
import type { MemoryQueue } from '../../../support/memory-queue.ts'

const entry = resolve(import.meta.dirname, '../../../support/workers/trial-job.ts')
const runners: JobRunner[] = []

function start(queue: MemoryQueue, onJob: (job: Job) => void = () => undefined, onIdle: () => void = () => undefined): JobRunner {
  const runner = createJobRunner({
    queue,
    environment: () => ({ workspaceFolder: '', modelRoots: [], encoderRoots: [], provider: 'cpu', threads: 1 }),
    start: (kind, options) => startWorker({ ...options, name: kind, fork: () => forkNode(entry) }),
    onJob,
    print: () => Promise.resolve(),
    onExecuted: () => undefined,
    onIdle,
  })
  runners.push(runner)
  runner.wake()
  return runner
}

async function ended(queue: MemoryQueue, jobId: number, state: Job['state']): Promise<Job> {
  await vi.waitFor(() => expect(queue.jobs.get(jobId)?.state).toBe(state), { timeout: 15_000, interval: 20 })
  return queue.get(jobId)
}

afterEach(async () => {
  await Promise.all(runners.splice(0).map((runner) => runner.stop()))
})

describe('the job runner', () => {
  test('runs queued jobs in turn and keeps their results and progress', async () => {
    const queue = memoryQueue()
    const [first, second] = [queue.add('a.json'), queue.add('b.json')]
    start(queue)
    expect(await ended(queue, first, 'done')).toMatchObject({ result: { file: 'a.json', attempt: 1 }, done: 3, total: 3, unit: 'steps' })
    await ended(queue, second, 'done')
    expect(queue.batches.map(({ jobId }) => jobId)).toEqual([first, first, first, second, second, second])
  })

  test('starts a job when it is told that one was queued', async () => {
    const queue = memoryQueue()
    const runner = start(queue)
    const jobId = queue.add('later.json')
    runner.changed(await queue.get(jobId))
    await ended(queue, jobId, 'done')
  })

  test('says when jobs ended and none is left, once', async () => {
    const queue = memoryQueue()
    const [, second] = [queue.add('a.json'), queue.add('b.json')]
    const states: Job['state'][] = []
    const runner = start(queue, undefined, () => states.push(queue.jobs.get(second)?.state ?? 'failed'))
    await vi.waitFor(() => expect(states).toEqual(['done']), { timeout: 15_000, interval: 20 })
    runner.wake()
    await new Promise((resolveLater) => setTimeout(resolveLater, 50))
    expect(states).toEqual(['done'])
  })

  test('a crashed job is tried once more with less load', async () => {
    const queue = memoryQueue()
    const jobId = queue.add('crash once')
    start(queue)
    expect(await ended(queue, jobId, 'done')).toMatchObject({ attempts: 2, result: { attempt: 2 } })
  })

  test('a job that crashes twice fails with its reason, and the next one runs', async () => {
    const queue = memoryQueue()
    const [bad, good] = [queue.add('crash'), queue.add('good.json')]
    start(queue)
    expect(await ended(queue, bad, 'failed')).toMatchObject({ attempts: 2, error: { code: 'crashed' } })
    await ended(queue, good, 'done')
  })

  test.each(['resume', 'retry'] as const)('three crashes in a row stop the lane; each job that waits says why and starts it again by “%s”', async (how) => {
    const queue = memoryQueue()
    const [first, second, third] = [queue.add('crash'), queue.add('crash once'), queue.add('third.json')]
    const runner = start(queue)
    await ended(queue, first, 'failed')
    expect(await ended(queue, second, 'paused')).toMatchObject({ attempts: 1, message: expect.stringContaining('tried once more with less load') as string })
    expect(await ended(queue, third, 'paused')).toMatchObject({
      attempts: 0,
      message: 'Held back: three in a row crashed. Go on starts this kind of work again.',
    })
    const late = queue.add('late.json')
    runner.changed(await queue.get(late))
    await ended(queue, late, 'paused')
    await runner[how](third)
    await ended(queue, late, 'done')
    await ended(queue, second, 'done')
    await ended(queue, third, 'done')
  })

  test('a job that fails without a crash is not tried again', async () => {
    const queue = memoryQueue()
    const jobId = queue.add('fail')
    start(queue)
    expect(await ended(queue, jobId, 'failed')).toMatchObject({ attempts: 1, error: { code: 'bad-input', happened: 'The file is not usable.' } })
  })

  test('a job that fails of a defect keeps its stack', async () => {
    const queue = memoryQueue()
    const jobId = queue.add('defect')
    start(queue)
    const { error } = await ended(queue, jobId, 'failed')
    expect(error).toMatchObject({ code: 'internal', happened: 'Nobody foresaw this.' })
    expect(error?.details).toMatch(/^Error: Nobody foresaw this\.\n +at .*trial-job\.ts/)
  })

  test('a running job can be cancelled; a finished one cannot', async () => {
    const queue = memoryQueue()
    const jobId = queue.add('wait')
    const runner = start(queue)
    await vi.waitFor(() => expect(queue.batches).toHaveLength(1), { timeout: 15_000, interval: 20 })
    expect(await runner.cancel(jobId, false)).toMatchObject({ state: 'cancelled', error: null, message: 'Cancelled. No file was written.' })
    await expect(runner.cancel(jobId, false)).rejects.toMatchObject({ code: 'conflict' })
  })

  test('a job that is through already when it is cancelled is done, not cancelled', async () => {
    const queue = memoryQueue()
    const jobId = queue.add('late.json')
    const runner = start(queue)
    const { commit } = queue
    queue.commit = (id, batch) => {
      queue.commit = commit
      void runner.cancel(jobId, false)
      return commit(id, batch)
    }
    expect(await ended(queue, jobId, 'done')).toMatchObject({ result: { file: 'late.json' } })
  })

  test('while all that a job brings is written at once it cannot be cancelled, and it ends as done', async () => {
    const queue = memoryQueue()
    const jobId = queue.add('at once')
    const runner = start(queue)
    const { commit } = queue
    let refusal: Promise<unknown> | undefined
    queue.commit = async (id, batch) => {
      queue.commit = commit
      refusal = runner.cancel(jobId, false).catch((error: unknown) => error)
      await refusal
      return commit(id, batch)
    }
    expect(await ended(queue, jobId, 'done')).toMatchObject({ result: { file: 'at once' } })
    expect(await refusal).toMatchObject({ code: 'conflict', message: expect.stringContaining('cannot be cancelled any more') as string })
  })

  test('what would be written at once after a cancel is not written', async () => {
    const queue = memoryQueue()
    const jobId = queue.add('cancelled before')
    const runner = start(queue)
    await vi.waitFor(() => expect(queue.jobs.get(jobId)?.state).toBe('running'), { timeout: 15_000, interval: 5 })
    await runner.cancel(jobId, false)
    expect(queue.jobs.get(jobId)).toMatchObject({ state: 'cancelled' })
    expect(queue.batches).toEqual([])
  })

  test('tells how far the workspace is with writing what a job sent, of that job alone', async () => {
    const queue = memoryQueue()
    const jobId = queue.add('wait')
    const told: Pick<Job, 'id' | 'message' | 'done' | 'total'>[] = []
    const runner = start(queue, ({ id, message, done, total }) => told.push({ id, message, done, total }))
    await vi.waitFor(() => expect(queue.batches).toHaveLength(1), { timeout: 15_000, interval: 20 })
    runner.written(jobId, { done: 500, total: 2000 })
    expect(told.at(-1)).toEqual({ id: jobId, message: 'Writing', done: 500, total: 2000 })
    const before = told.length
    runner.written(jobId + 1, { done: 1, total: 2 })
    expect(told).toHaveLength(before)
    await runner.cancel(jobId, false)
    runner.written(jobId, { done: 2000, total: 2000 })
    expect(told.at(-1)?.message).toContain('Cancelled')
  })

  test('a job whose end is being written cannot be paused any more', async () => {
    const queue = memoryQueue()
    const jobId = queue.add('a.json')
    let answer: () => void = () => undefined
    const answered = new Promise<void>((resolveLater) => (answer = resolveLater))
    const runner = start({
      ...queue,
      update: async (id, change) => {
        const job = await queue.update(id, change)
        if (change.state === 'done') await answered
        return job
      },
    })
    await ended(queue, jobId, 'done')
    const pausing = runner.pause(jobId)
    answer()
    await expect(pausing).rejects.toMatchObject({ code: 'conflict' })
    expect(queue.jobs.get(jobId)?.state).toBe('done')
  })

  test('an end that cannot be written is told, and written when the disk takes it again', async () => {
    const queue = memoryQueue()
    const jobId = queue.add('a.json')
    let full = true
    const told: Job[] = []
    const runner = start(
      { ...queue, update: (id, change) => (full ? Promise.reject(new AppError('disk-full', 'The disk is full.')) : queue.update(id, change)) },
      (job) => told.push(job),
    )
    await vi.waitFor(() => expect(told.at(-1)).toMatchObject({ state: 'failed', error: { code: 'disk-full' } }), { timeout: 15_000, interval: 20 })
    expect(queue.jobs.get(jobId)?.state).toBe('running')
    full = false
    runner.wake()
    expect(await ended(queue, jobId, 'done')).toMatchObject({ result: { file: 'a.json' } })
  })

  test('jobs that an ended app left running are taken up again', async () => {
    const queue = memoryQueue()
    const jobId = queue.add('left.json', 'running')
    start(queue)
    await ended(queue, jobId, 'done')
  })

  test('a waiting job that is paused runs only when it is resumed', async () => {
    const queue = memoryQueue()
    const [waiting, later] = [queue.add('wait'), queue.add('later.json')]
    const runner = start(queue)
    await runner.pause(later)
    await vi.waitFor(() => expect(queue.batches).toHaveLength(1), { timeout: 15_000, interval: 20 })
    await runner.cancel(waiting, false)
    expect(queue.jobs.get(later)?.state).toBe('paused')
    await runner.resume(later)
    await ended(queue, later, 'done')
  })
})
