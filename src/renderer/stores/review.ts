/**
 * The annotator's desk: the image in front, and the work in hand for each image of the queue.
 * Every change names the image it was made for; nothing here writes to "the current image".
 */
import { defineStore, storeToRefs } from 'pinia'
import { computed, ref, shallowReactive, shallowRef } from 'vue'
import type { Decision } from '#shared/api.ts'
import type { ErrorType, Review } from '#shared/domain.ts'
import { closestText } from '#shared/token-diff.ts'
import { AppError, toReport } from '#shared/errors.ts'
import { call, listen } from '../bridge.ts'
import { createDetailCache } from '../review/detail-cache.ts'
import { createSaveQueue, type SaveState } from '../review/save-queue.ts'
import { chosenCandidate, decisionToSave, differs, sameMarks, standsAlready, startWork, stillFits, type Work } from '../review/work.ts'
import { useLibrary } from './library.ts'
import { useNotices } from './notices.ts'
import { useReviewQueue, type QueueSource } from './review-queue.ts'
import { useSettings } from './settings.ts'
import { useUndo } from './undo.ts'

const draftDelay = 400

export const useReview = defineStore('review', () => {
  const queue = useReviewQueue()
  const { currentId } = storeToRefs(queue)
  const works = shallowReactive(new Map<number, Work>())
  const saveStates = shallowReactive(new Map<number, SaveState>())
  const pendingSaves = ref(0)
  const loadError = shallowRef<unknown>(null)
  const draftTimers = new Map<number, ReturnType<typeof setTimeout>>()
  const deciding = new Set<number>()

  const details = createDetailCache((imageId) => call('images.get', { imageId }))
  const saves = createSaveQueue({
    saveDraft: (input) => call('review.saveDraft', input),
    decide: (input) => call('review.decide', input),
    onState(imageId, state) {
      saveStates.set(imageId, state)
      pendingSaves.value = saves.pending()
    },
  })

  const detail = computed(() => (currentId.value === null ? null : (details.get(currentId.value) ?? null)))
  const work = computed(() => (currentId.value === null ? null : (works.get(currentId.value) ?? null)))
  const candidate = computed(() => (detail.value === null || work.value === null ? null : chosenCandidate(detail.value, work.value.candidateId)))
  const changed = computed(() => detail.value !== null && work.value !== null && differs(detail.value, work.value))
  const saveState = computed<SaveState>(() => (currentId.value === null ? { kind: 'idle' } : (saveStates.get(currentId.value) ?? { kind: 'idle' })))

  // ---- walking through the queue ------------------------------------------------------------------------------------------------

  async function open(ids: readonly number[], startId: number | null, source: QueueSource | null): Promise<void> {
    flushAll()
    await Promise.all([queue.put(ids, startId, source), goTo(queue.position)])
  }

  async function loadDetail(imageId: number): Promise<void> {
    const loaded = await details.load(imageId)
    const before = works.get(imageId)
    if (before === undefined || (!saves.isBusy(imageId) && !stillFits(loaded, before))) works.set(imageId, startWork(loaded))
  }

  /** Shows an image; what was typed at the one before is saved under that one's own id. */
  async function goTo(to: number): Promise<void> {
    const leaving = currentId.value
    queue.moveTo(to)
    const arriving = currentId.value
    if (leaving !== null && leaving !== arriving) flush(leaving)
    if (arriving === null) return
    loadError.value = null
    try {
      await loadDetail(arriving)
    } catch (error) {
      if (currentId.value === arriving) loadError.value = error
    }
    prefetchAround()
  }

  function prefetchAround(): void {
    for (const step of [1, 2, -1]) {
      const imageId = queue.ids[queue.position + step]
      // A failure shows when the image is really opened.
      if (imageId !== undefined) loadDetail(imageId).catch(() => undefined)
    }
  }

  const next = (): Promise<void> => goTo(queue.position + 1)
  const back = (): Promise<void> => goTo(queue.position - 1)

  async function showImage(imageId: number): Promise<void> {
    const to = queue.ids.indexOf(imageId)
    if (to >= 0) await goTo(to)
    else await open([imageId], imageId, null)
  }

  // ---- work in hand -------------------------------------------------------------------------------------------------------------

  function update(imageId: number, part: Partial<Omit<Work, 'imageId'>>): void {
    const before = works.get(imageId)
    if (before !== undefined) works.set(imageId, { ...before, ...part })
  }

  /** Text typed into the editor of an image. It is saved as a draft when the typing rests, or when the image is left. */
  function type(imageId: number, text: string): void {
    const seen = details.get(imageId)
    if (seen === undefined || works.get(imageId)?.text === text) return
    update(imageId, { text, touched: true, seenRevision: seen.review.revision })
    saveSoon(imageId)
  }

  function saveSoon(imageId: number): void {
    clearTimeout(draftTimers.get(imageId))
    draftTimers.set(
      imageId,
      setTimeout(() => flush(imageId), draftDelay),
    )
  }

  /** Marks are part of the draft. On a decided image they wait for the next decision: a mark alone reopens nothing. */
  function mark(imageId: number, part: Partial<Pick<Work, 'rating' | 'errorTypes'>>): void {
    const seen = details.get(imageId)
    if (seen === undefined || (seen.review.state !== 'pending' && seen.review.state !== 'draft')) {
      update(imageId, part)
      return
    }
    update(imageId, { ...part, touched: true, seenRevision: seen.review.revision })
    saveSoon(imageId)
  }

  /** Chooses a candidate. A text that was not changed becomes the candidate's; a changed one stays, and is compared with it from now on. */
  function choose(imageId: number, index: number): void {
    const seen = details.get(imageId)
    const mine = works.get(imageId)
    const chosen = seen?.candidates[index]
    if (seen === undefined || mine === undefined || chosen === undefined) return
    const keepText = differs(seen, mine) && mine.text.trim() !== ''
    update(imageId, { candidateId: chosen.id, ...(keepText ? {} : { text: chosen.text }) })
  }

  function rate(imageId: number, rating: number | null): void {
    mark(imageId, { rating: works.get(imageId)?.rating === rating ? null : rating })
  }

  function toggleErrorType(imageId: number, type: ErrorType): void {
    const errorTypes = works.get(imageId)?.errorTypes ?? []
    mark(imageId, { errorTypes: errorTypes.includes(type) ? errorTypes.filter((other) => other !== type) : [...errorTypes, type] })
  }

  // ---- saving -------------------------------------------------------------------------------------------------------------------

  /** Sends what was typed for an image and is not sent yet. */
  function flush(imageId: number): void {
    clearTimeout(draftTimers.get(imageId))
    if (draftTimers.delete(imageId)) sendDraft(imageId)
  }

  function flushAll(): void {
    for (const imageId of [...draftTimers.keys()]) flush(imageId)
  }

  /** Saves the text in hand as a draft; also how a failed save is tried again. */
  function sendDraft(imageId: number): void {
    const mine = works.get(imageId)
    const seen = details.get(imageId)
    if (mine === undefined || seen === undefined || !mine.touched) return
    if (standsAlready(seen, mine) && !saves.isBusy(imageId)) {
      update(imageId, { touched: false })
      return
    }
    const { text, candidateId, seenRevision, rating } = mine
    const errorTypes = [...mine.errorTypes]
    saves.enqueue({ kind: 'draft', imageId, seenRevision, candidateId, text, errorTypes, rating }).then(
      (review) => saved(review, { text, errorTypes, rating }),
      (error: unknown) => notSaved(imageId, error, 'draft'),
    )
    pendingSaves.value = saves.pending()
  }

  /** `sent` was in the editor when the save went out; what was typed or marked since then is still to be saved. */
  function saved(review: Review, sent: Pick<Work, 'text' | 'errorTypes' | 'rating'>): void {
    details.putReview(review)
    pendingSaves.value = saves.pending()
    const mine = works.get(review.imageId)
    if (mine?.text === sent.text && mine.rating === sent.rating && sameMarks(mine.errorTypes, sent.errorTypes))
      update(review.imageId, { touched: false, seenRevision: review.revision })
    queue.reviewChanged(review)
    useLibrary().reviewChanged(review)
    // Its own decision is told to no window: what undo would take back now is asked for.
    useUndo()
      .load()
      .catch(() => undefined)
  }

  function notSaved(imageId: number, error: unknown, what: 'draft' | 'decision'): void {
    pendingSaves.value = saves.pending()
    update(imageId, { touched: true })
    const report = toReport(error)
    const name = details.get(imageId)?.fileName ?? `image ${imageId}`
    useNotices().showReport(
      {
        ...report,
        happened: `The ${what} for ${name} was not saved. ${report.happened}`,
        kept: report.kept === '' ? 'The text is kept in the editor of that image.' : report.kept,
      },
      { label: 'Show that image', run: () => void showImage(imageId) },
    )
    if (report.code === 'conflict') void seeAnew(imageId)
  }

  /** After a conflict: the other side's state is fetched and shown, the typed text stays; only then may it be saved over that state. */
  async function seeAnew(imageId: number): Promise<void> {
    details.expire([imageId])
    const fetched = await details.load(imageId).catch(() => null)
    if (fetched !== null) update(imageId, { seenRevision: fetched.review.revision })
  }

  /** Sends a decision for an image; resolves to whether it is on disk. */
  async function decide(imageId: number, decision: Decision): Promise<boolean> {
    const mine = works.get(imageId)
    if (mine === undefined || deciding.has(imageId)) return false
    deciding.add(imageId)
    try {
      if (decision.kind === 'correct') {
        clearTimeout(draftTimers.get(imageId))
        draftTimers.delete(imageId)
      } else flush(imageId)
      const sent = saves.enqueue({ kind: 'decision', imageId, seenRevision: mine.seenRevision, decision })
      pendingSaves.value = saves.pending()
      saved(await sent, mine)
    } catch (error) {
      notSaved(imageId, error, 'decision')
      return false
    } finally {
      deciding.delete(imageId)
    }
    details.expire([imageId])
    if (decision.kind === 'reopen') works.delete(imageId)
    if (imageId === currentId.value) await loadDetail(imageId).catch(() => undefined)
    return true
  }

  /** Decides for the image in front, and goes on to the next when the settings say so: the save goes its own way. */
  function decideHere(decision: Decision): void {
    const imageId = currentId.value
    if (imageId === null || detail.value === null || work.value === null || deciding.has(imageId)) return
    void decide(imageId, decision)
    if (decision.kind !== 'reopen' && useSettings().settings.advanceAfterDecision) void next()
  }

  /** Ctrl+Enter: a correction where the text was changed, else an accept. */
  function saveHere(): void {
    if (detail.value === null || work.value === null) return
    const decision = decisionToSave(detail.value, work.value)
    if (decision === null) throw new AppError('bad-input', 'There are no words to save.', { todo: 'Write a caption, or reject the image (X).' })
    decideHere(decision)
  }

  /** C: the closest reference becomes the correction. Refused while the editor holds words of one's own. */
  function correctByReferenceHere(): void {
    if (detail.value === null || work.value === null) return
    if (changed.value)
      throw new AppError('conflict', 'The editor holds other words than the candidate.', {
        kept: 'Nothing was decided.',
        todo: 'Ctrl+Enter saves them as a correction; U puts the candidate back.',
      })
    const reference = closestText(detail.value.references, work.value.text)
    if (reference === null) throw new AppError('not-found', 'This image came without references.', { todo: 'Write the correction yourself (E).' })
    const { candidateId, errorTypes, rating } = work.value
    decideHere({ kind: 'correct', candidateId, text: reference.text, errorTypes: [...errorTypes], rating })
  }

  /** A: the chosen candidate as it is. Refused while the editor holds other words, so that none are lost by one key. */
  function acceptHere(): void {
    if (work.value === null) return
    const { candidateId, rating } = work.value
    if (candidateId === null)
      throw new AppError('not-found', 'This image has no candidate to accept.', { todo: 'Write a caption (E), or caption the image in the Library.' })
    if (changed.value)
      throw new AppError('conflict', 'The editor holds other words than the candidate.', {
        kept: 'Nothing was decided.',
        todo: 'Ctrl+Enter saves them as a correction; U puts the candidate back.',
      })
    decideHere({ kind: 'accept', candidateId, rating })
  }

  // ---- changes from elsewhere ---------------------------------------------------------------------------------------------------

  /** Undo or redo: after all saves are through, so that it takes back the newest. Shows the image it concerned. */
  async function stepBack(direction: 'undo' | 'redo'): Promise<void> {
    flushAll()
    await saves.settled()
    const step = await useUndo().step(direction)
    if (step === null) return
    for (const imageId of step.imageIds) {
      works.delete(imageId)
      saveStates.delete(imageId)
    }
    details.expire(step.imageIds)
    useLibrary().rows.expire(step.imageIds)
    useLibrary().refreshSoon()
    useNotices().show('info', `${direction === 'undo' ? 'Undone' : 'Done again'}: ${step.description}`)
    const [only] = step.imageIds
    if (step.imageIds.length === 1 && only !== undefined && queue.ids.includes(only)) await showImage(only)
    else if (currentId.value !== null && step.imageIds.includes(currentId.value)) await goTo(queue.position)
    await queue.loadUndecided()
  }

  /** Before another workspace is opened: everything typed is on disk, or its failure is told. */
  async function leave(): Promise<void> {
    flushAll()
    await saves.settled()
  }

  function listenForChanges(): void {
    listen('workspaceChanged', ({ what }) => {
      if (!what.some((part) => part === 'captions' || part === 'reviews' || part === 'scores' || part === 'images')) return
      details.expire()
      if (currentId.value !== null) loadDetail(currentId.value).catch(() => undefined)
      if (what.includes('reviews')) queue.loadUndecided().catch(() => undefined)
    })
  }

  function clear(): void {
    for (const timer of draftTimers.values()) clearTimeout(timer)
    draftTimers.clear()
    saves.clear()
    queue.clear()
    works.clear()
    saveStates.clear()
    details.clear()
  }

  return {
    detail,
    work,
    candidate,
    changed,
    saveState,
    pendingSaves,
    loadError,
    open,
    goTo,
    next,
    back,
    showImage,
    type,
    choose,
    rate,
    toggleErrorType,
    flush,
    flushAll,
    sendDraft,
    settled: saves.settled,
    decide,
    decideHere,
    saveHere,
    acceptHere,
    correctByReferenceHere,
    stepBack,
    leave,
    listenForChanges,
    clear,
  }
})
