/** The team's guidelines: the text in force, and the one being edited. */
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import type { Guidelines } from '#shared/domain.ts'
import { call, listen } from '../bridge.ts'

export const useGuidelines = defineStore('guidelines', () => {
  const current = ref<Guidelines | null>(null)
  const versions = ref<Guidelines[]>([])
  const shown = ref(false)
  /** The text in the editor and the version it goes back to; null while nobody edits. */
  const draft = ref<{ text: string; version: number } | null>(null)
  const saving = ref(false)
  const changed = computed(() => draft.value !== null && draft.value.text !== (current.value?.text ?? ''))

  async function load(): Promise<void> {
    const [now, all] = await Promise.all([call('guidelines.get'), call('guidelines.history')])
    current.value = now
    versions.value = all
  }

  function listenForChanges(): void {
    listen('workspaceChanged', ({ what }) => {
      if (what.includes('guidelines')) load().catch(() => undefined)
    })
  }

  function toggle(): void {
    shown.value = !shown.value
  }

  /** Starts editing the text in force, or an older version on top of it. */
  function edit(text = current.value?.text ?? ''): void {
    draft.value = { text, version: current.value?.version ?? 0 }
  }

  function cancel(): void {
    draft.value = null
  }

  /** Resolves once the new version is on disk; what is in the editor stays there where that fails. */
  async function save(): Promise<void> {
    if (draft.value === null || saving.value) return
    saving.value = true
    try {
      const { text, version } = draft.value
      current.value = await call('guidelines.save', { text: text.trim(), expectedVersion: version })
      draft.value = null
      await load()
    } finally {
      saving.value = false
    }
  }

  function clear(): void {
    current.value = null
    versions.value = []
    draft.value = null
  }

  return { current, versions, shown, draft, saving, changed, load, listenForChanges, toggle, edit, cancel, save, clear }
})
