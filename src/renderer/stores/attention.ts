/** Where the captioner looked and what it depended on: whether it is shown, for which caption, and which of its words is looked at. */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { toReport, type ErrorReport } from '#shared/errors.ts'
import type { CaptionAttention, CaptionOcclusion } from '#shared/looking/looking.ts'
import { call } from '../bridge.ts'

/** A caption of an image, by the model that wrote it, with the beams that it was found with. */
export interface LookedAt {
  imageId: number
  modelId: string
  text: string
  beam: number
}

/** What the image is darkened by: what was attended to, or what the words would miss. */
export type LookedBy = 'attention' | 'occlusion'

const sameCaption = (one: LookedAt | null, other: LookedAt | null): boolean =>
  one === other ||
  (one !== null && other !== null && one.imageId === other.imageId && one.modelId === other.modelId && one.text === other.text && one.beam === other.beam)

export const useAttention = defineStore('attention', () => {
  const shown = ref(false)
  const target = shallowRef<LookedAt | null>(null)
  const found = shallowRef<CaptionAttention | null>(null)
  const occlusion = shallowRef<CaptionOcclusion | null>(null)
  const fault = shallowRef<ErrorReport | null>(null)
  /** The place of the word among the caption's; null: all words together. */
  const word = ref<number | null>(null)
  const by = ref<LookedBy>('attention')
  const busy = computed(() => shown.value && target.value !== null && found.value === null && fault.value === null)
  const occluding = computed(() => found.value !== null && by.value === 'occlusion' && occlusion.value === null && fault.value === null)
  let asking = false
  /** Is the view with the image in front? */
  let inView = true
  /** What is being computed of occlusion: it takes seconds, and ends when nobody waits for it. */
  let occludes: LookedAt | null = null

  /** Of the word in question, or of all words together; null before it was asked for. */
  const occluded = computed(() => (word.value === null ? occlusion.value?.together : occlusion.value?.words[word.value]) ?? null)

  /** What the word in question, or the mean word, was attended with: one weight a place. */
  const attended = computed<readonly number[]>(() => {
    const words = found.value?.words ?? []
    if (word.value !== null) return words[word.value]?.weights ?? []
    return (words[0]?.weights ?? []).map((_, place) => words.reduce((sum, each) => sum + (each.weights[place] ?? 0), 0) / words.length)
  })

  /** What places are lit by: what makes a word less probable when it is gone; what makes it more probable stays dark. */
  const weights = computed<readonly number[]>(() =>
    by.value === 'attention' ? attended.value : (occluded.value?.falls.map((fall) => Math.max(0, fall)) ?? []),
  )

  /** What went to no place of the image but to its summary: an encoder's class token. */
  const onSummary = computed(() => (attended.value.length === 0 ? 0 : Math.max(0, 1 - attended.value.reduce((sum, weight) => sum + weight, 0))))

  function toggle(): void {
    shown.value = !shown.value
    follow()
  }

  /** The view of the image comes to the front, or leaves it. */
  function comeInView(there: boolean): void {
    inView = there
    follow()
  }

  /** Asks for what is wanted now, and ends what is not wanted any more. */
  function follow(): void {
    const waits = shown.value && inView && by.value === 'occlusion' && sameCaption(target.value, occludes)
    if (occludes !== null && !waits) call('attention.stopOcclusion').catch(() => undefined)
    void ask()
  }

  /** Turns to another caption, or to none. */
  function turnTo(next: LookedAt | null): void {
    if (sameCaption(target.value, next)) return
    target.value = next
    found.value = null
    occlusion.value = null
    fault.value = null
    word.value = null
    follow()
  }

  function lookBy(next: LookedBy): void {
    by.value = next
    follow()
  }

  async function occlude(work: () => Promise<void>, about: LookedAt): Promise<void> {
    occludes = about
    try {
      await work()
    } finally {
      occludes = null
    }
  }

  /** What is shown and not known yet. */
  function wanted(): (() => Promise<void>) | null {
    const about = target.value
    if (!shown.value || !inView || about === null) return null
    const take = async <Answer>(answer: Promise<Answer>, into: { value: Answer | null }): Promise<void> => {
      const value = await answer
      if (sameCaption(target.value, about)) into.value = value
    }
    if (found.value === null) return () => take(call('attention.ofCaption', about), found)
    if (by.value === 'occlusion' && occlusion.value === null) return () => occlude(() => take(call('attention.occlusion', about), occlusion), about)
    return null
  }

  /** One question at a time: whoever walks on quickly is answered about the image where they stop. */
  async function ask(): Promise<void> {
    if (asking) return
    asking = true
    fault.value = null
    try {
      for (let next = wanted(); next !== null; next = wanted()) {
        const about = target.value
        try {
          await next()
        } catch (error) {
          const report = toReport(error)
          if (!sameCaption(target.value, about) || report.code === 'cancelled') continue
          fault.value = report
          break
        }
      }
    } finally {
      asking = false
    }
  }

  return { shown, target, found, occlusion, occluded, occluding, fault, word, by, busy, weights, onSummary, toggle, comeInView, turnTo, lookBy }
})
