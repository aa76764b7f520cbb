/** Where the captioner looked: whether it is shown, for which caption, and which of its words is looked at. */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import type { CaptionAttention } from '#shared/domain.ts'
import { toReport, type ErrorReport } from '#shared/errors.ts'
import { call } from '../bridge.ts'

/** A caption of an image, by the model that wrote it. */
export interface LookedAt {
  imageId: number
  modelId: string
  text: string
}

const sameCaption = (one: LookedAt | null, other: LookedAt | null): boolean =>
  one === other || (one !== null && other !== null && one.imageId === other.imageId && one.modelId === other.modelId && one.text === other.text)

export const useAttention = defineStore('attention', () => {
  const shown = ref(false)
  const target = shallowRef<LookedAt | null>(null)
  const found = shallowRef<CaptionAttention | null>(null)
  const fault = shallowRef<ErrorReport | null>(null)
  /** The place of the word among the caption's; null: all words together. */
  const word = ref<number | null>(null)
  const busy = computed(() => shown.value && target.value !== null && found.value === null && fault.value === null)
  let asking = false

  /** What the word in question, or the mean word, was attended with: one weight a place. */
  const weights = computed<readonly number[]>(() => {
    const words = found.value?.words ?? []
    if (word.value !== null) return words[word.value]?.weights ?? []
    return (words[0]?.weights ?? []).map((_, place) => words.reduce((sum, each) => sum + (each.weights[place] ?? 0), 0) / words.length)
  })

  /** What went to no place of the image but to its summary: an encoder's class token. */
  const onSummary = computed(() => (weights.value.length === 0 ? 0 : Math.max(0, 1 - weights.value.reduce((sum, weight) => sum + weight, 0))))

  function toggle(): void {
    shown.value = !shown.value
    void ask()
  }

  /** Turns to another caption, or to none. */
  function turnTo(next: LookedAt | null): void {
    if (sameCaption(target.value, next)) return
    target.value = next
    found.value = null
    fault.value = null
    word.value = null
    void ask()
  }

  /** One question at a time: whoever walks on quickly is answered about the image where they stop. */
  async function ask(): Promise<void> {
    const about = target.value
    if (asking || !shown.value || about === null || found.value !== null) return
    asking = true
    fault.value = null
    try {
      const answer = await call('attention.ofCaption', about)
      if (sameCaption(target.value, about)) found.value = answer
    } catch (error) {
      if (sameCaption(target.value, about)) fault.value = toReport(error)
    } finally {
      asking = false
    }
    if (!sameCaption(target.value, about)) await ask()
  }

  return { shown, found, fault, word, busy, weights, onSummary, toggle, turnTo }
})
