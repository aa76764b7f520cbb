/** What undo and redo take back where the person is: the last vote on the page of votes, else the last change of a review. */
import { computed } from 'vue'
import { useRoute } from 'vue-router'
import { useNotices } from '../stores/notices.ts'
import { useReview } from '../stores/review.ts'
import { useUndo } from '../stores/undo.ts'
import { useVotes } from '../stores/annotation/votes.ts'

export type StepDirection = 'undo' | 'redo'

export function useStepsBack() {
  const route = useRoute()
  const notices = useNotices()
  const review = useReview()
  const undo = useUndo()
  const votes = useVotes()

  /** What the next step back takes back, and what the next forward does again; null: nothing. */
  const steps = computed<Record<StepDirection, string | null>>(() =>
    // A review is not before the person here: nothing would show that it was taken back.
    route.name === 'votes'
      ? { undo: votes.turn?.undo === true ? 'the last vote' : null, redo: votes.turn?.redo === true ? 'the vote' : null }
      : { undo: undo.undoes, redo: undo.redoes },
  )
  const busy = computed(() => (route.name === 'votes' ? votes.saving : undo.busy))

  async function step(direction: StepDirection): Promise<void> {
    if (route.name !== 'votes') await notices.attempt(() => review.stepBack(direction))
    else if (votes.turn !== null) await notices.attempt(() => votes.step(direction))
  }

  return { steps, busy, step }
}
