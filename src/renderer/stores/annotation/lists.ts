/** The open workspace's saved lists of photos. */
import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import type { PhotoList } from '#shared/domain.ts'
import { call, listen } from '../../bridge.ts'

export const useLists = defineStore('lists', () => {
  const lists = shallowRef<readonly PhotoList[]>([])

  async function load(): Promise<void> {
    lists.value = await call('lists.list')
  }

  function listenForChanges(): void {
    listen('workspaceChanged', ({ what }) => {
      if (what.includes('lists') || what.includes('images')) load().catch(() => undefined)
    })
  }

  function clear(): void {
    lists.value = []
  }

  return { lists, load, listenForChanges, clear }
})
