import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, test } from 'vitest'
import type { ModelSummary, TrainingCurve } from '#shared/domain.ts'
import type { Job } from '#shared/jobs.ts'
import { secondsLeft, shareDone, useJobs } from '../../../../src/renderer/stores/jobs.ts'
import { latestEvaluation, lineage } from '../../../../src/renderer/stores/models.ts'
import { smoothed, useTraining } from '../../../../src/renderer/stores/training.ts'
import { createMemoryBridge, installBridge, type MemoryBridge } from '../../../support/memory-bridge.ts'

let bridge: MemoryBridge
beforeEach(() => setActivePinia(createPinia()))

const job = (id: number, part: Partial<Job> = {}): Job => ({
  id,
  kind: 'caption',
  title: `Job ${id}`,
  state: 'running',
  done: 0,
  total: 0,
  unit: 'images',
  message: '',
  failures: 0,
  attempts: 1,
  error: null,
  result: {},
  createdAt: '2026-01-01T00:00:00.000Z',
  startedAt: null,
  endedAt: null,
  ...part,
})

describe('jobs', () => {
  test('events keep the list up to date, and an end is told once', () => {
    bridge = createMemoryBridge({})
    installBridge(bridge)
    const jobs = useJobs()
    const ended: number[] = []
    jobs.listenForChanges()
    jobs.onFinished((done) => ended.push(done.id))
    bridge.emit('jobChanged', job(1))
    bridge.emit('jobChanged', job(2, { state: 'queued' }))
    expect(jobs.current?.id).toBe(1)
    bridge.emit('jobChanged', job(1, { state: 'done' }))
    bridge.emit('jobChanged', job(1, { state: 'done' }))
    expect(ended).toEqual([1])
    expect(jobs.current?.id).toBe(2)
    expect(jobs.jobs.map((one) => one.id)).toEqual([2, 1])
  })

  test('a share is known once the total is, and time left follows from the pace', () => {
    expect(shareDone(job(1))).toBeNull()
    expect(shareDone(job(1, { done: 3, total: 12 }))).toBe(0.25)
    const started = job(1, { done: 25, total: 100, startedAt: '2026-01-01T00:00:00.000Z' })
    expect(secondsLeft(started, Date.parse('2026-01-01T00:00:50.000Z'))).toBe(150)
    expect(secondsLeft({ ...started, state: 'paused' }, Date.parse('2026-01-01T00:00:50.000Z'))).toBeNull()
  })
})

describe('training curves', () => {
  const point = (step: number, loss = 1) => ({ step, epoch: 1, loss, learningRate: 1e-4, speed: 1000 })
  const stored: TrainingCurve = { jobId: 7, totalSteps: 100, points: [point(1), point(2)], samples: [] }

  test('points that arrive while the stored curve is fetched are neither lost nor doubled', async () => {
    let answer: (curve: TrainingCurve) => void = () => undefined
    bridge = createMemoryBridge({ 'training.curve': () => new Promise((resolve) => (answer = resolve)) })
    installBridge(bridge)
    const training = useTraining()
    training.listenForPoints()
    const loading = training.loadCurve(7)
    bridge.emit('trainingPoint', { jobId: 7, point: point(2) })
    bridge.emit('trainingPoint', { jobId: 7, point: point(3) })
    answer(stored)
    await loading
    expect(training.curveOf(7)?.points.map(({ step }) => step)).toEqual([1, 2, 3])
  })

  test('a run resumed from its checkpoint replaces the steps it repeats', async () => {
    bridge = createMemoryBridge({ 'training.curve': () => stored })
    installBridge(bridge)
    const training = useTraining()
    training.listenForPoints()
    await training.loadCurve(7)
    bridge.emit('trainingPoint', { jobId: 7, point: point(3, 5) })
    bridge.emit('trainingPoint', { jobId: 7, point: point(2, 9) })
    expect(training.curveOf(7)?.points.map(({ step, loss }) => [step, loss])).toEqual([
      [1, 1],
      [2, 9],
    ])
  })

  test('smoothing starts at the first loss and follows slowly', () => {
    expect(smoothed([point(1, 4), point(2, 2)], 0.5)).toEqual([4, 3])
  })
})

describe('models', () => {
  const model = (id: string, parentId: string | null, createdAt = id): ModelSummary => ({
    id,
    name: id,
    source: { kind: 'package', architecture: 'transformer', parameters: 1, encoderId: 'e', origin: 'trained' },
    parentId,
    snapshotId: null,
    promoted: false,
    available: true,
    createdAt,
    evaluations: [],
  })

  test('lineage reads parents before children, older before newer', () => {
    const nodes = lineage([model('d', 'b'), model('c', 'a'), model('b', 'a'), model('a', null)], [])
    expect(nodes.map(({ model: one, depth }) => `${'-'.repeat(depth)}${one.id}`)).toEqual(['a', '-b', '--d', '-c'])
  })

  test('a model whose parent is not here is a root', () => {
    expect(lineage([model('x', 'gone')], []).map(({ depth }) => depth)).toEqual([0])
  })

  test('the newest evaluation of a set is the one that counts', () => {
    const evaluation = (id: number, createdAt: string) => ({
      id,
      modelId: 'a',
      set: 'dev' as const,
      images: 1,
      scores: {},
      beam: 3,
      documentFrequencyId: 'x',
      documentFrequencyImages: 1,
      createdAt,
    })
    expect(latestEvaluation([evaluation(1, '2026-01-02'), evaluation(2, '2026-01-01')], 'a', 'dev')?.id).toBe(1)
    expect(latestEvaluation([], 'a', 'dev')).toBeNull()
  })
})
