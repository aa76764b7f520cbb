/** Undo and redo of reviews: rows of the workspace, so they reach back over restarts and take back bulk changes as one. */
import { defineStore } from 'pinia'
import { ref } from 'vue'
import type { Turned } from '#shared/domain.ts'
import { call, listen } from '../bridge.ts'

export const useUndo = defineStore('undo', () => {
  const undoes = ref<string | null>(null)
  const redoes = ref<string | null>(null)
  const busy = ref(false)

  async function load(): Promise<void> {
    const state = await call('review.undoState')
    undoes.value = state.undo
    redoes.value = state.redo
  }

  function listenForChanges(): void {
    listen('workspaceChanged', ({ what }) => {
      if (what.includes('reviews')) load().catch(() => undefined)
    })
  }

  /** One step back or forward. Null when there is none, or while another step is under way. */
  async function step(direction: 'undo' | 'redo'): Promise<Turned | null> {
    if (busy.value) return null
    busy.value = true
    try {
      return await call(direction === 'undo' ? 'review.undo' : 'review.redo')
    } finally {
      busy.value = false
      await load()
    }
  }

  function clear(): void {
    undoes.value = null
    redoes.value = null
  }

  return { undoes, redoes, busy, load, listenForChanges, step, clear }
})
