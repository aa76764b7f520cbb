/** What the team agreed on for all photos of the open workspace. */
import { defineStore } from 'pinia'
import { ref } from 'vue'
import { call } from '../bridge.ts'

export const useProject = defineStore('project', () => {
  /** How many captions by people each photo is to have. */
  const captionsWanted = ref(1)

  async function load(): Promise<void> {
    captionsWanted.value = (await call('project.get')).captionsWanted
  }

  async function askForCaptions(wanted: number): Promise<void> {
    captionsWanted.value = (await call('project.set', { captionsWanted: wanted })).captionsWanted
  }

  function clear(): void {
    captionsWanted.value = 1
  }

  return { captionsWanted, load, askForCaptions, clear }
})
