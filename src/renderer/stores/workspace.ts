/** The workspace that is open, and the ones of before. */
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import type { VerbResult } from '#shared/api.ts'
import type { OpenedWorkspace } from '#shared/domain.ts'
import { addressImagesOf, call, listen, renewImages } from '../bridge.ts'
import { saveHand } from '../review/hand.ts'
import { useLibrary } from './library.ts'
import { useReview } from './review.ts'

export type RecentWorkspace = VerbResult<'workspace.recent'>[number]

export const useWorkspace = defineStore('workspace', () => {
  const current = ref<OpenedWorkspace | null>(null)
  const recent = ref<RecentWorkspace[]>([])
  const opening = ref(false)
  const isOpen = computed(() => current.value !== null)

  function show(workspace: OpenedWorkspace | null): void {
    addressImagesOf(workspace)
    current.value = workspace
  }

  async function load(): Promise<void> {
    listen('workspaceOpened', show)
    listen('photosReplaced', ({ imageIds }) => renewImages(imageIds))
    show(await call('workspace.current'))
    await loadRecent()
  }

  async function loadRecent(): Promise<void> {
    recent.value = await call('workspace.recent')
  }

  async function opened(work: () => Promise<OpenedWorkspace>): Promise<OpenedWorkspace> {
    opening.value = true
    try {
      await useReview().leave()
      const workspace = await work()
      show(workspace)
      return workspace
    } finally {
      opening.value = false
      await loadRecent()
    }
  }

  const create = (folder: string, name: string): Promise<OpenedWorkspace> => opened(() => call('workspace.create', { folder, name }))
  const open = (folder: string): Promise<OpenedWorkspace> => opened(() => call('workspace.open', { folder }))

  const openSample = (fresh: boolean): Promise<OpenedWorkspace> => opened(() => call('workspace.openSample', { fresh }))

  /**
   * The way out where the open workspace's folder is gone: all of it goes into a folder of the person's choice, which is opened then, and what the window
   * could not save is saved there.
   */
  async function saveElsewhere(): Promise<void> {
    const folder = await call('dialog.chooseSaveFile', { title: 'Save the workspace in a new folder', suggestion: 'rescued-workspace' })
    if (folder === null) return
    const review = useReview()
    await review.leave()
    const hands = review.inHand()
    await call('workspace.saveElsewhere', { folder })
    show(await call('workspace.open', { folder }))
    for (const hand of hands) await saveHand(hand)
    if (hands.length > 0) useLibrary().refreshSoon()
    await loadRecent()
  }

  /** Lets the person choose a folder and opens it. Null when nothing was chosen. */
  async function choose(): Promise<OpenedWorkspace | null> {
    const folder = await call('dialog.chooseFolder', { title: 'Open a workspace' })
    return folder === null ? null : open(folder)
  }

  async function close(): Promise<void> {
    await useReview().leave()
    await call('workspace.close')
    show(null)
    await loadRecent()
  }

  async function forget(folder: string): Promise<void> {
    await call('workspace.forget', { folder })
    await loadRecent()
  }

  return { current, recent, opening, isOpen, load, loadRecent, saveElsewhere, create, open, openSample, choose, close, forget }
})
