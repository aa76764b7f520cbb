/** What a button sets off: it is busy meanwhile, and what goes wrong is told. */
import { ref, type Ref } from 'vue'
import { useNotices } from '../stores/notices.ts'

export interface Busy {
  busy: Readonly<Ref<boolean>>
  run(work: () => Promise<unknown>): Promise<void>
}

export function useBusy(): Busy {
  const notices = useNotices()
  const busy = ref(false)
  return {
    busy,
    async run(work) {
      busy.value = true
      await notices.attempt(work)
      busy.value = false
    },
  }
}
