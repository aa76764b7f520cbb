/** Which of the window's dialogs is open; any view or menu item may ask for one. */
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import type { DroppedThing } from '#shared/exchange.ts'

export type DialogName = 'shortcuts' | 'import' | 'export' | 'caption' | 'find' | 'new-workspace'
/** What the import dialog is opened with. */
export type ImportSuggestion = Exclude<DroppedThing, { kind: 'workspace' }>

export const useDialogs = defineStore('dialogs', () => {
  const open = ref<DialogName | null>(null)
  /** Taken by the import dialog one after the other; they wait while a workspace is made first. */
  const suggestions = ref<ImportSuggestion[]>([])
  const suggestion = computed(() => suggestions.value.at(0) ?? null)
  /** The folder that a new workspace is to be made in, where it was chosen already; else ''. */
  const chosenFolder = ref('')

  function show(name: DialogName): void {
    open.value = name
  }

  function set(name: DialogName, isOpen: boolean): void {
    if (isOpen) open.value = name
    else if (open.value === name) open.value = null
  }

  function suggest(things: ImportSuggestion[]): void {
    suggestions.value = things
  }

  function takeSuggestion(): ImportSuggestion | null {
    return suggestions.value.shift() ?? null
  }

  return { open, suggestions, suggestion, chosenFolder, show, set, suggest, takeSuggestion }
})
