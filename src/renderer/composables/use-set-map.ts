/** The map of a scored set that is looked at, what colours its points, and which of them filters leave: the newest question's answers. */
import { computed, onUnmounted, shallowRef, watch, type Ref } from 'vue'
import type { ErrorReport } from '#shared/errors.ts'
import type { MapBasis, MapColour, MapStanding, MapValues, SetMap } from '#shared/slices/maps.ts'
import { call } from '../bridge.ts'
import { useJobs } from '../stores/jobs.ts'
import { useNotices } from '../stores/notices.ts'
import type { Looked } from './use-failure-look.ts'

export interface MapChoice {
  basis: MapBasis
  encoderId: string | null
}

/** `choice` is null while nothing can be mapped. */
export function useSetMap(looked: Ref<Looked>, choice: Ref<MapChoice | null>, colour: Ref<MapColour>) {
  const jobs = useJobs()
  const notices = useNotices()
  const map = shallowRef<SetMap | null>(null)
  const values = shallowRef<MapValues | null>(null)
  const left = shallowRef<Uint8Array | null>(null)
  const loaded = shallowRef(false)
  /** Why the last one could not be computed. */
  const fault = shallowRef<ErrorReport | null>(null)
  const standing = shallowRef<MapStanding | null>(null)
  const asked = { map: 0, standing: 0, values: 0, left: 0 }
  /** A map that is being computed, whosever it is: they run one after the other. */
  const job = computed(() => jobs.live.find(({ kind }) => kind === 'map') ?? null)

  /** Puts an answer where it belongs, unless there was a newer question. */
  async function ask<Value>(name: keyof typeof asked, target: Ref<Value | null>, question: (() => Promise<Value | null>) | null): Promise<void> {
    asked[name] += 1
    const mine = asked[name]
    const answer = question === null ? null : ((await notices.attempt(question)) ?? null)
    if (mine === asked[name]) target.value = answer
  }
  const place = () => (choice.value === null ? null : { modelId: looked.value.modelId, set: looked.value.set, ...choice.value })

  async function load(): Promise<void> {
    const wanted = place()
    standing.value = null
    await ask('map', map, wanted === null ? null : () => call('maps.open', wanted))
    loaded.value = true
    await ask('standing', standing, wanted === null || map.value === null ? null : () => call('maps.standing', wanted))
  }
  const here = () => [looked.value.modelId, looked.value.set, choice.value?.basis, choice.value?.encoderId].join('\n')
  watch(
    here,
    () => {
      loaded.value = false
      map.value = null
      fault.value = null
      void load()
    },
    { immediate: true },
  )
  watch([map, looked, colour], ([now, , tint], [before, , earlier]) => {
    const wanted = place()
    const question = now === null || wanted === null ? null : { ...looked.value, ...wanted }
    void ask('left', left, question === null ? null : () => call('maps.left', question))
    // Filters change nothing of the colours.
    const same = now === before && JSON.stringify(tint) === JSON.stringify(earlier) && sameColours()
    if (!same) void ask('values', values, question === null ? null : () => call('maps.colours', { ...question, filters: [], colour: tint }))
  })
  let coloursOf = ''
  function sameColours(): boolean {
    const now = [looked.value.metric, looked.value.otherId].join('\n')
    const same = now === coloursOf
    coloursOf = now
    return same
  }

  async function compute(): Promise<void> {
    const wanted = place()
    if (wanted === null) return
    fault.value = null
    await notices.attempt(async () => {
      jobs.put(await call('maps.start', wanted))
    })
  }
  onUnmounted(
    jobs.onFinished(({ kind, state, error }) => {
      if (kind !== 'map') return
      fault.value = state === 'failed' ? error : null
      if (state === 'done') void load()
    }),
  )
  return { map, standing, values, left, loaded, job, fault, compute }
}
