/** The workspace that is open, and the ones of before. */
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import type { VerbResult } from '#shared/api.ts'
import type { WorkspaceInfo } from '#shared/domain.ts'
import { call, listen } from '../bridge.ts'

export type RecentWorkspace = VerbResult<'workspace.recent'>[number]

export const useWorkspace = defineStore('workspace', () => {
  const current = ref<WorkspaceInfo | null>(null)
  const recent = ref<RecentWorkspace[]>([])
  const opening = ref(false)
  const isOpen = computed(() => current.value !== null)

  async function load(): Promise<void> {
    listen('workspaceOpened', (info) => {
      current.value = info
    })
    current.value = await call('workspace.current')
    await loadRecent()
  }

  async function loadRecent(): Promise<void> {
    recent.value = await call('workspace.recent')
  }

  async function opened(work: () => Promise<WorkspaceInfo>): Promise<WorkspaceInfo> {
    opening.value = true
    try {
      current.value = await work()
      return current.value
    } finally {
      opening.value = false
      await loadRecent()
    }
  }

  const create = (folder: string, name: string): Promise<WorkspaceInfo> => opened(() => call('workspace.create', { folder, name }))
  const open = (folder: string): Promise<WorkspaceInfo> => opened(() => call('workspace.open', { folder }))

  const openSample = (fresh: boolean): Promise<WorkspaceInfo> => opened(() => call('workspace.openSample', { fresh }))

  /** Lets the person choose a folder and opens it. Null when nothing was chosen. */
  async function choose(): Promise<WorkspaceInfo | null> {
    const folder = await call('dialog.chooseFolder', { title: 'Open a workspace' })
    return folder === null ? null : open(folder)
  }

  async function close(): Promise<void> {
    await call('workspace.close')
    current.value = null
    await loadRecent()
  }

  async function forget(folder: string): Promise<void> {
    await call('workspace.forget', { folder })
    await loadRecent()
  }

  return { current, recent, opening, isOpen, load, loadRecent, create, open, openSample, choose, close, forget }
})
