/** Snapshots to train on, and the curves of training runs as they grow. */
import { defineStore } from 'pinia'
import { ref, shallowRef, triggerRef } from 'vue'
import type { VerbInput, VerbResult } from '#shared/api.ts'
import type { Snapshot, TrainingCurve, TrainingPoint } from '#shared/domain.ts'
import type { Job } from '#shared/jobs.ts'
import { call, listen } from '../bridge.ts'
import { useJobs } from './jobs.ts'

/** Exponential moving average of the loss, for the eye; `decay` nearer 1 is smoother. */
export function smoothed(points: readonly TrainingPoint[], decay = 0.9): number[] {
  let average = 0
  return points.map((point, index) => {
    average = index === 0 ? point.loss : decay * average + (1 - decay) * point.loss
    return average
  })
}

/** Seconds until the last step at the pace of the newest points, or null when there are too few. */
export function secondsToEnd(curve: TrainingCurve, job: Job, now: number): number | null {
  const last = curve.points.at(-1)
  if (last === undefined || job.startedAt === null || job.state !== 'running' || last.step <= 0 || curve.totalSteps <= 0) return null
  const spent = (now - Date.parse(job.startedAt)) / 1000
  return spent <= 0 ? null : Math.max(0, ((curve.totalSteps - last.step) * spent) / last.step)
}

export const useTraining = defineStore('training', () => {
  const curves = shallowRef(new Map<number, TrainingCurve>())
  const preview = ref<VerbResult<'snapshots.preview'> | null>(null)
  /** Calls under way, so that events in the meantime are not lost. */
  const waiting = new Map<number, Promise<void>>()

  function curveOf(jobId: number): TrainingCurve | null {
    return curves.value.get(jobId) ?? null
  }

  function put(curve: TrainingCurve): void {
    curves.value.set(curve.jobId, curve)
    triggerRef(curves)
  }

  function listenForPoints(): void {
    listen('trainingPoint', ({ jobId, point }) => {
      const curve = curves.value.get(jobId)
      if (curve === undefined) return
      const last = curve.points.at(-1)
      // A resumed run repeats the steps after its checkpoint: the newer ones stand.
      const kept = last !== undefined && last.step >= point.step ? curve.points.filter((older) => older.step < point.step) : curve.points
      put({ ...curve, points: [...kept, point] })
    })
    listen('trainingSample', ({ jobId, sample }) => {
      const curve = curves.value.get(jobId)
      if (curve === undefined) return
      put({ ...curve, samples: [...curve.samples.filter((older) => older.step < sample.step), sample] })
    })
  }

  /** Fetches the stored curve; events that arrive meanwhile are part of it or come after. */
  async function loadCurve(jobId: number): Promise<void> {
    const underWay = waiting.get(jobId)
    if (underWay !== undefined) return underWay
    const work = call('training.curve', { jobId })
      .then((curve) => {
        const live = curves.value.get(jobId)
        const lastStored = curve.points.at(-1)?.step ?? -1
        put({ ...curve, points: [...curve.points, ...(live?.points.filter((point) => point.step > lastStored) ?? [])] })
      })
      .finally(() => waiting.delete(jobId))
    if (!curves.value.has(jobId)) put({ jobId, totalSteps: 0, points: [], samples: [] })
    waiting.set(jobId, work)
    return work
  }

  async function loadPreview(): Promise<void> {
    preview.value = await call('snapshots.preview')
  }

  const freeze = (name: string, heldOut: number): Promise<Snapshot> => call('snapshots.create', { name, heldOut })

  async function start(input: VerbInput<'training.start'>): Promise<Job> {
    const job = useJobs().put(await call('training.start', input))
    await loadCurve(job.id)
    return job
  }

  function clear(): void {
    curves.value = new Map()
    preview.value = null
  }

  return { curves, preview, curveOf, listenForPoints, loadCurve, loadPreview, freeze, start, clear }
})
