/** The experiments of the workspace: which there are, and the one in view with its cells and curves, read anew while it runs. */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import type { VerbInput } from '#shared/api.ts'
import type { Job } from '#shared/jobs.ts'
import type { ExperimentSummary, ExperimentView, ReadyExperiment } from '#shared/experiments.ts'
import { call } from '../bridge.ts'
import { isLive, useJobs } from './jobs.ts'

/** Milliseconds between two readings of a running experiment: its files change with every step. */
const readEvery = 1500

export const useExperiments = defineStore('experiments', () => {
  const jobs = useJobs()
  const list = ref<ExperimentSummary[]>([])
  const ready = ref<ReadyExperiment[]>([])
  const view = shallowRef<ExperimentView | null>(null)
  const chosen = ref<string | null>(null)
  let lastRead = 0

  /** Newest first: those that run or have run in this session, then the others by name. */
  const ids = computed(() => {
    const fromJobs = jobs.ofKind('experiment').flatMap(({ result }) => (typeof result['experiment'] === 'string' ? [result['experiment']] : []))
    return [...new Set([...fromJobs, ...list.value.map(({ id }) => id)])]
  })
  const shown = computed(() => (chosen.value !== null && ids.value.includes(chosen.value) ? chosen.value : (ids.value[0] ?? null)))

  /** The newest job of an experiment. */
  function jobOf(id: string): Job | null {
    return jobs.ofKind('experiment').find(({ result }) => result['experiment'] === id) ?? null
  }

  function titleOf(id: string): string {
    return list.value.find((each) => each.id === id)?.name ?? jobOf(id)?.title.replace(/^Experiment /, '') ?? id
  }

  async function load(): Promise<void> {
    ;[list.value, ready.value] = await Promise.all([call('experiments.list'), call('experiments.ready')])
    await read()
  }

  /** Reads the shown experiment; one that has not written results yet shows none. */
  async function read(): Promise<void> {
    const id = shown.value
    lastRead = Date.now()
    const found = id !== null && list.value.some((each) => each.id === id) ? await call('experiments.get', { experiment: id }) : null
    if (shown.value === id) view.value = found
  }

  /** Called whenever the shown experiment's job changed. */
  async function follow(): Promise<void> {
    const id = shown.value
    if (id === null) return
    const job = jobOf(id)
    if (job !== null && isLive(job) && Date.now() - lastRead < readEvery) return
    lastRead = Date.now()
    list.value = await call('experiments.list')
    await read()
  }

  async function choose(id: string): Promise<void> {
    chosen.value = id
    view.value = null
    await read()
  }

  async function start(input: VerbInput<'experiments.start'>): Promise<Job> {
    return begun(await call('experiments.start', input))
  }

  const resume = async (id: string): Promise<Job> => begun(await call('experiments.resume', { experiment: id }))

  async function begun(job: Job): Promise<Job> {
    jobs.put(job)
    const id = job.result['experiment']
    if (typeof id === 'string') await choose(id)
    return job
  }

  const table = (id: string): Promise<string> => call('experiments.table', { experiment: id })

  function clear(): void {
    list.value = []
    view.value = null
    chosen.value = null
  }

  return { list, ready, view, ids, shown, jobOf, titleOf, load, follow, choose, start, resume, table, clear }
})
