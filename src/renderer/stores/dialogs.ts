/** Which of the window's dialogs is open; any view or menu item may ask for one. */
import { defineStore } from 'pinia'
import { ref } from 'vue'
import type { DroppedThing } from '#shared/api.ts'

export type DialogName = 'shortcuts' | 'import' | 'export' | 'caption' | 'find' | 'new-workspace'
/** What the import dialog is opened with: a kind of source, its paths filled in where they are known. */
export type ImportSuggestion = Exclude<DroppedThing, { kind: 'workspace' }>

export const useDialogs = defineStore('dialogs', () => {
  const open = ref<DialogName | null>(null)
  /** Taken by the import dialog when it opens; it waits while a workspace is made first. */
  const suggestion = ref<ImportSuggestion | null>(null)
  /** The folder that a new workspace is to be made in, where it was chosen already; else ''. */
  const chosenFolder = ref('')

  function show(name: DialogName): void {
    open.value = name
  }

  function set(name: DialogName, isOpen: boolean): void {
    if (isOpen) open.value = name
    else if (open.value === name) open.value = null
  }

  function takeSuggestion(): ImportSuggestion | null {
    const taken = suggestion.value
    suggestion.value = null
    return taken
  }

  return { open, suggestion, chosenFolder, show, set, takeSuggestion }
})
