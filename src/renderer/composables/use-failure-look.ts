/** A look at a scored set that follows its filters: the newest question's answer is shown, whatever order answers come in. */
import { ref, shallowRef, watch, type Ref } from 'vue'
import type { EvaluationSet, FailureSummary, MetricName, WorstImage } from '#shared/domain.ts'
import type { SliceFilter } from '#shared/slices/filters.ts'
import type { FailureLook } from '#shared/slices/look.ts'
import { call } from '../bridge.ts'
import { useNotices } from '../stores/notices.ts'

/** What is looked at; null where nothing is scored. */
export interface Looked {
  modelId: string
  otherId: string | null
  set: EvaluationSet
  metric: MetricName
  filters: SliceFilter[]
}

const most = 100
/** Milliseconds after which it is told that a set is being read: the first look at one of 120,000 photos takes more than a second. */
const soon = 300

export function useFailureLook(looked: Ref<Looked | null>) {
  const notices = useNotices()
  const look = shallowRef<FailureLook | null>(null)
  const worst = shallowRef<WorstImage[]>([])
  const summary = shallowRef<FailureSummary | null>(null)
  /** Nothing can be shown yet, and what was scored takes its time to read. */
  const reading = ref(false)
  let asked = 0

  async function load(): Promise<void> {
    asked += 1
    const question = asked
    const now = looked.value
    if (now === null) {
      look.value = summary.value = null
      worst.value = []
      return
    }
    const telling = setTimeout(() => (reading.value = look.value === null), soon)
    await notices.attempt(async () => {
      const [found, images, measured] = await Promise.all([
        call('failures.look', now),
        call('failures.worst', { ...now, most }),
        call('failures.summary', { modelId: now.modelId, set: now.set }),
      ])
      if (question !== asked) return
      look.value = found
      worst.value = images
      summary.value = measured
    })
    clearTimeout(telling)
    if (question === asked) reading.value = false
  }
  watch(looked, load, { immediate: true })
  return { look, worst, summary, reading }
}
