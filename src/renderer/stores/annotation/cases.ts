/** Cases: the list of them, the one that is looked at, and what became of each model that is judged by it. */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import type { Case, CasePage, CaseVerdict } from '#shared/cases/cases.ts'
import { call, listen } from '../../bridge.ts'

/** What a case's page follows. */
const followed: ReadonlySet<string> = new Set(['cases', 'reviews', 'lists', 'snapshots', 'models', 'scores'])

export const useCases = defineStore('cases', () => {
  const cases = shallowRef<readonly Case[]>([])
  const page = shallowRef<CasePage | null>(null)
  /** By model; null while it is being judged. */
  const verdicts = shallowRef<ReadonlyMap<string, CaseVerdict | null>>(new Map())
  const shownId = ref<number | null>(null)
  /** What the Failures view is to look at when it comes next. */
  const toLookAt = shallowRef<Pick<Case, 'modelId' | 'set' | 'metric' | 'filters'> | null>(null)
  const openCases = computed(() => cases.value.filter(({ verdict }) => verdict === null))

  async function load(): Promise<void> {
    cases.value = await call('cases.list')
    if (shownId.value !== null && !cases.value.some(({ id }) => id === shownId.value)) leave()
    if (shownId.value !== null) await show(shownId.value)
  }

  async function show(caseId: number): Promise<void> {
    if (shownId.value !== caseId) page.value = null
    shownId.value = caseId
    const found = await call('cases.look', { caseId })
    if (shownId.value !== caseId) return
    page.value = found
    await judgeAll(found)
  }

  /** One after the other: what is known shows at once. */
  async function judgeAll({ id, models }: CasePage): Promise<void> {
    const scored = models.filter((model) => model.scored)
    verdicts.value = new Map(scored.map(({ modelId }) => [modelId, verdicts.value.get(modelId) ?? null]))
    for (const { modelId } of scored) {
      // A model that the case's own cannot be compared with has no verdict.
      const verdict = await call('cases.judge', { caseId: id, modelId }).catch(() => undefined)
      if (shownId.value !== id) return
      const known = new Map(verdicts.value)
      if (verdict === undefined) known.delete(modelId)
      else known.set(modelId, verdict)
      verdicts.value = known
    }
  }

  function leave(): void {
    shownId.value = null
    page.value = null
    verdicts.value = new Map()
  }

  let timer: ReturnType<typeof setTimeout> | undefined
  function listenForChanges(): void {
    listen('workspaceChanged', ({ what }) => {
      if (!what.some((part) => followed.has(part))) return
      // Decisions come one after the other; the page follows once they rest.
      clearTimeout(timer)
      timer = setTimeout(() => void load().catch(() => undefined), 300)
    })
  }

  function clear(): void {
    cases.value = []
    toLookAt.value = null
    leave()
  }

  return { cases, page, verdicts, shownId, toLookAt, openCases, load, show, leave, listenForChanges, clear }
})
