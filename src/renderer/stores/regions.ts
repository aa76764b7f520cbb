/** The boxes of the image in front. Each change is on disk, and a step of undo, before it is shown. */
import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import type { Region } from '#shared/domain.ts'
import { call } from '../bridge.ts'
import { useUndo } from './undo.ts'

export type Box = Pick<Region, 'left' | 'top' | 'width' | 'height'>

export const useRegions = defineStore('regions', () => {
  const imageId = shallowRef<number | null>(null)
  const regions = shallowRef<readonly Region[]>([])

  async function show(shown: number | null): Promise<void> {
    if (imageId.value !== shown) regions.value = []
    imageId.value = shown
    await reload()
  }

  /** After undo and redo, too. */
  async function reload(): Promise<void> {
    const asked = imageId.value
    if (asked === null) return
    const listed = await call('regions.list', { imageId: asked })
    if (asked === imageId.value) regions.value = listed
  }

  async function changed(): Promise<void> {
    await Promise.all([reload(), useUndo().load()])
  }

  async function add(on: number, box: Box, label: string): Promise<Region> {
    const region = await call('regions.add', { imageId: on, label, ...box })
    await changed()
    return region
  }

  async function change(regionId: number, part: Partial<Box & Pick<Region, 'label'>>): Promise<void> {
    await call('regions.change', { regionId, ...part })
    await changed()
  }

  async function remove(regionId: number): Promise<void> {
    await call('regions.remove', { regionId })
    await changed()
  }

  return { regions, show, reload, add, change, remove }
})
