/** Which of the window's dialogs is open; any view or menu item may ask for one. */
import { defineStore } from 'pinia'
import { ref } from 'vue'

export type DialogName = 'shortcuts' | 'import' | 'export' | 'caption' | 'find'

export const useDialogs = defineStore('dialogs', () => {
  const open = ref<DialogName | null>(null)

  function show(name: DialogName): void {
    open.value = name
  }

  function set(name: DialogName, isOpen: boolean): void {
    if (isOpen) open.value = name
    else if (open.value === name) open.value = null
  }

  return { open, show, set }
})
