/** The jobs of the workspace, kept up to date by events. */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import type { Job, JobKind } from '#shared/jobs.ts'
import { call, listen } from '../bridge.ts'

export function isLive(job: Job): boolean {
  return job.state === 'queued' || job.state === 'running' || job.state === 'paused'
}

/** Share done from 0 to 1, or null while the total is not known. */
export function shareDone(job: Job): number | null {
  if (job.state === 'done') return 1
  return job.total > 0 ? Math.min(1, job.done / job.total) : null
}

/** Seconds left at the pace so far, or null when nothing can be said. */
export function secondsLeft(job: Job, now: number): number | null {
  if (job.state !== 'running' || job.startedAt === null || job.total <= 0 || job.done <= 0) return null
  const spent = (now - Date.parse(job.startedAt)) / 1000
  return spent <= 0 ? null : Math.max(0, (spent / job.done) * (job.total - job.done))
}

export const useJobs = defineStore('jobs', () => {
  const byId = shallowRef(new Map<number, Job>())
  const loading = ref(false)
  const finishedListeners = new Set<(job: Job) => void>()

  /** Newest first. */
  const jobs = computed(() => [...byId.value.values()].sort((one, other) => other.id - one.id))
  const live = computed(() => jobs.value.filter(isLive))
  /** The one for the status bar: what runs, else what waits. */
  const current = computed(() => live.value.find((job) => job.state === 'running') ?? live.value.find((job) => job.state === 'paused') ?? live.value[0] ?? null)

  function put(job: Job): Job {
    const before = byId.value.get(job.id)
    byId.value = new Map(byId.value).set(job.id, job)
    if (!isLive(job) && before !== undefined && isLive(before)) for (const listener of finishedListeners) listener(job)
    return job
  }

  /** Calls back when a job that was seen alive ends. */
  function onFinished(listener: (job: Job) => void): () => void {
    finishedListeners.add(listener)
    return () => finishedListeners.delete(listener)
  }

  function listenForChanges(): void {
    listen('jobChanged', put)
  }

  async function load(): Promise<void> {
    loading.value = true
    try {
      const list = await call('jobs.list')
      byId.value = new Map(list.map((job) => [job.id, job]))
    } finally {
      loading.value = false
    }
  }

  function clear(): void {
    byId.value = new Map()
  }

  const ofKind = (kind: JobKind): Job[] => jobs.value.filter((job) => job.kind === kind)
  const find = (jobId: number): Job | undefined => byId.value.get(jobId)
  const pause = async (jobId: number): Promise<Job> => put(await call('jobs.pause', { jobId }))
  const resume = async (jobId: number): Promise<Job> => put(await call('jobs.resume', { jobId }))
  const cancel = async (jobId: number, keep: boolean): Promise<Job> => put(await call('jobs.cancel', { jobId, keep }))
  const retry = async (jobId: number): Promise<Job> => put(await call('jobs.retry', { jobId }))

  async function clearFinished(): Promise<void> {
    await call('jobs.clearFinished')
    await load()
  }

  return { jobs, live, current, loading, put, onFinished, listenForChanges, load, clear, ofKind, find, pause, resume, cancel, retry, clearFinished }
})
