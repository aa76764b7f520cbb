/** Scores of a text as it is typed: at most one question under way, and always an answer for the newest text. */
import { onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'
import type { Scores } from '#shared/domain.ts'
import { toReport } from '#shared/errors.ts'
import { call } from '../bridge.ts'

export interface LiveScores {
  /** Null: not known yet, or nothing to score against. */
  scores: Readonly<Ref<Scores | null>>
  /** Why there are none, or ''. */
  reason: Readonly<Ref<string>>
}

export function useLiveScores(imageId: () => number | null, text: () => string): LiveScores {
  const scores = shallowRef<Scores | null>(null)
  const reason = ref('')
  let asking = false
  let stopped = false

  async function ask(): Promise<void> {
    if (asking) return
    asking = true
    try {
      for (let done = false; !done && !stopped;) {
        const asked = { imageId: imageId(), text: text() }
        const answer = asked.imageId === null || asked.text.trim() === '' ? null : await call('scores.live', { imageId: asked.imageId, text: asked.text })
        const isNewest = asked.imageId === imageId() && asked.text === text()
        if (asked.imageId === imageId()) scores.value = answer
        reason.value = ''
        done = isNewest
      }
    } catch (error) {
      scores.value = null
      reason.value = toReport(error).happened
    } finally {
      asking = false
    }
  }

  watch(
    [imageId, text],
    ([id], [idBefore]) => {
      if (id !== idBefore) scores.value = null
      void ask()
    },
    { immediate: true },
  )
  onScopeDispose(() => {
    stopped = true
  })
  return { scores, reason }
}
