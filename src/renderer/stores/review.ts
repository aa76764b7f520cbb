/**
 * The annotator's desk: the image in front, and the work in hand for each image of the queue.
 * Every change names the image it was made for; nothing here writes to "the current image".
 */
import { defineStore, storeToRefs } from 'pinia'
import { computed, shallowReactive, shallowRef } from 'vue'
import type { Decision } from '#shared/api.ts'
import type { ErrorType, Review } from '#shared/domain.ts'
import { AppError, toReport } from '#shared/errors.ts'
import { isUndecided, oneLine } from '#shared/review.ts'
import { closestText } from '#shared/token-diff.ts'
import { call, listen } from '../bridge.ts'
import { createDetailCache } from '../review/detail-cache.ts'
import { createSaveQueue } from '../review/save-queue.ts'
import {
  chosenCandidate,
  decisionToSave,
  differs,
  handState,
  sameMarks,
  standsAlready,
  startWork,
  stillFits,
  type HandState,
  type Work,
} from '../review/work.ts'
import { keyOf } from '../keyboard/table.ts'
import { useLibrary } from './library.ts'
import { useNotices } from './notices.ts'
import { useRegions } from './regions.ts'
import { useReviewQueue, type QueueOrigin } from './review-queue.ts'
import { useSettings } from './settings.ts'
import { useUndo } from './undo.ts'

/** A draft goes out when typing rests for so long, and at the latest so long after the first word that is not sent. */
const draftDelay = 400
const draftPatience = 1500

export const useReview = defineStore('review', () => {
  const queue = useReviewQueue()
  const { currentId } = storeToRefs(queue)
  const works = shallowReactive(new Map<number, Work>())
  const loadError = shallowRef<unknown>(null)
  const draftTimers = new Map<number, { timer: ReturnType<typeof setTimeout>; due: number }>()
  const deciding = new Set<number>()
  /** Decisions that could not be saved. */
  const refused = new Map<number, Decision>()

  const details = createDetailCache((imageId) => call('images.get', { imageId }))
  const saves = createSaveQueue({
    saveDraft: (input) => call('review.saveDraft', input),
    mark: (input) => call('review.mark', input),
    decide: (input) => call('review.decide', input),
  })

  const detail = computed(() => (currentId.value === null ? null : (details.get(currentId.value) ?? null)))
  const work = computed(() => (currentId.value === null ? null : (works.get(currentId.value) ?? null)))
  const candidate = computed(() => (detail.value === null || work.value === null ? null : chosenCandidate(detail.value, work.value.candidateId)))
  const changed = computed(() => detail.value !== null && work.value !== null && differs(detail.value, work.value))
  const pendingSaves = computed(() => saves.pending())
  const saveState = computed<HandState>(() =>
    detail.value === null || work.value === null ? { kind: 'idle' } : handState(detail.value, work.value, saves.stateOf(detail.value.imageId)),
  )

  // ---- walking through the queue ------------------------------------------------------------------------------------------------

  /** Takes a list to walk through. Choices of the walk before that were not saved are forgotten. */
  async function open(ids: readonly number[], startId: number | null, origin: QueueOrigin = {}): Promise<void> {
    flushAll()
    for (const [imageId, { unsaved }] of works) if (unsaved === 'nothing' && !saves.isBusy(imageId)) works.delete(imageId)
    await Promise.all([queue.put(ids, startId, origin), goTo(queue.position)])
  }

  /** Takes the Library's list where Review is to walk through it and another one was taken; the image in front stays where it can. */
  async function followLibrary(): Promise<void> {
    const library = useLibrary()
    if (library.ids.length === 0 || !queue.isStale(library.ids)) return
    const startId = queue.startIn(library.ids) ?? library.ids[library.selection.focus] ?? null
    await open(library.ids, startId, { fromLibrary: true, modelId: library.filter.modelId })
  }

  async function loadDetail(imageId: number): Promise<void> {
    const loaded = await details.load(imageId)
    const before = works.get(imageId)
    if (before === undefined || (!saves.isBusy(imageId) && !stillFits(loaded, before))) works.set(imageId, startWork(loaded, queue.modelId))
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
    else await open([imageId], imageId)
  }

  // ---- work in hand -------------------------------------------------------------------------------------------------------------

  function update(imageId: number, part: Partial<Omit<Work, 'imageId'>>): void {
    const before = works.get(imageId)
    if (before !== undefined) works.set(imageId, { ...before, ...part })
  }

  /** Text typed into the editor of an image. It is saved as a draft when the typing rests, or when the image is left. */
  function type(imageId: number, typed: string): void {
    const text = oneLine(typed)
    if (works.get(imageId)?.text !== text) touch(imageId, { text }, 'words')
  }

  /** Changes the work in hand; what is to be saved of it goes out a little later. */
  function touch(imageId: number, part: Partial<Omit<Work, 'imageId'>>, what: 'marks' | 'words'): void {
    const seen = details.get(imageId)
    const mine = works.get(imageId)
    if (seen === undefined || mine === undefined) return
    refused.delete(imageId)
    update(imageId, { ...part, unsaved: mine.unsaved === 'words' ? 'words' : what, seenRevision: seen.review.revision })
    saveSoon(imageId)
  }

  function saveSoon(imageId: number): void {
    const now = performance.now()
    const due = draftTimers.get(imageId)?.due ?? now + draftPatience
    stopTimer(imageId)
    draftTimers.set(imageId, { due, timer: setTimeout(() => flush(imageId), Math.max(0, Math.min(draftDelay, due - now))) })
  }

  /** Returns whether something waited to be sent. */
  function stopTimer(imageId: number): boolean {
    clearTimeout(draftTimers.get(imageId)?.timer)
    return draftTimers.delete(imageId)
  }

  /** Chooses a candidate. A text that was not changed becomes the candidate's; a changed one stays, and is compared with it from now on. */
  function choose(imageId: number, index: number): void {
    const seen = details.get(imageId)
    const mine = works.get(imageId)
    const chosen = seen?.candidates[index]
    if (seen === undefined || mine === undefined || chosen === undefined || chosen.id === mine.candidateId) return
    const keepText = differs(seen, mine) && mine.text.trim() !== ''
    const part = { candidateId: chosen.id, ...(keepText ? {} : { text: chosen.text }) }
    // A draft names its candidate; elsewhere a choice is saved with the decision.
    const draft = seen.review.state === 'draft' || (mine.unsaved === 'marks' && isUndecided(seen.review.state))
    if (draft || mine.unsaved === 'words') touch(imageId, part, 'words')
    else update(imageId, part)
  }

  function rate(imageId: number, rating: number | null): void {
    touch(imageId, { rating: works.get(imageId)?.rating === rating ? null : rating }, 'marks')
  }

  function toggleErrorType(imageId: number, type: ErrorType): void {
    const errorTypes = works.get(imageId)?.errorTypes ?? []
    touch(imageId, { errorTypes: errorTypes.includes(type) ? errorTypes.filter((other) => other !== type) : [...errorTypes, type] }, 'marks')
  }

  /** Gives or takes a tag: on disk before it is shown. */
  async function toggleTag(imageId: number, tag: string): Promise<void> {
    const taken = details.get(imageId)?.tags.includes(tag) === true
    await call('images.arrange', { imageIds: [imageId], [taken ? 'removeTags' : 'addTags']: [tag] })
    details.expire([imageId])
    await Promise.all([loadDetail(imageId), useUndo().load()])
  }

  // ---- saving -------------------------------------------------------------------------------------------------------------------

  /** Sends what was typed for an image and is not sent yet. */
  function flush(imageId: number): void {
    if (stopTimer(imageId)) sendHand(imageId)
  }

  function flushAll(): void {
    for (const imageId of [...draftTimers.keys()]) flush(imageId)
  }

  /** Saves what is in hand, words as a draft and marks of a decided image as marks; also how a failed save is tried again. */
  function sendHand(imageId: number): void {
    const mine = works.get(imageId)
    const seen = details.get(imageId)
    // While a decision is under way it is not known what the words come upon: they follow it.
    if (mine === undefined || seen === undefined || mine.unsaved === 'nothing' || deciding.has(imageId)) return
    if (standsAlready(seen, mine) && !saves.isBusy(imageId)) {
      update(imageId, { unsaved: 'nothing' })
      return
    }
    const { text, candidateId, seenRevision, rating } = mine
    const errorTypes = [...mine.errorTypes]
    const marksOnly = mine.unsaved === 'marks' && !isUndecided(seen.review.state)
    const marks = { imageId, seenRevision, errorTypes, rating }
    saves.enqueue(marksOnly ? { kind: 'marks', ...marks } : { kind: 'draft', ...marks, candidateId, text }).then(
      (review) => saved(review, mine),
      (error: unknown) => notSaved(imageId, error, marksOnly ? 'marks' : 'draft'),
    )
  }

  /** `sent` was in hand when the save went out; what was typed or marked since then is still to be saved. */
  function saved(review: Review, sent: Work): void {
    const { imageId } = review
    details.putReview(review)
    const mine = works.get(imageId)
    const same = mine !== undefined && mine.text === sent.text && mine.rating === sent.rating && sameMarks(mine.errorTypes, sent.errorTypes)
    if (same && (review.state !== 'draft' || mine.candidateId === sent.candidateId)) update(imageId, { unsaved: 'nothing', seenRevision: review.revision })
    queue.reviewChanged(review)
    useLibrary().reviewChanged(review)
    // Its own decision is told to no window: what undo would take back now is asked for.
    useUndo()
      .load()
      .catch(() => undefined)
  }

  function notSaved(imageId: number, error: unknown, what: 'draft' | 'marks' | 'decision'): void {
    const lost = works.get(imageId)
    if (lost?.unsaved === 'nothing') update(imageId, { unsaved: what === 'marks' ? 'marks' : 'words' })
    const report = toReport(error)
    const name = details.get(imageId)?.fileName ?? `image ${imageId}`
    useNotices().showReport(
      {
        ...report,
        happened: `The ${what} for ${name} was not saved. ${report.happened}`,
        kept: report.kept === '' ? 'The text is kept in the editor of that image.' : report.kept,
      },
      report.code === 'displaced' ? undefined : { label: 'Show that image', run: () => void showImage(imageId) },
    )
    if (report.code === 'conflict') void seeAnew(imageId)
  }

  /** After a conflict: the other side's state is fetched and shown, the typed text stays; only then may it be saved over that state. */
  async function seeAnew(imageId: number): Promise<void> {
    details.expire([imageId])
    const fetched = await details.load(imageId).catch(() => null)
    if (fetched !== null) update(imageId, { seenRevision: fetched.review.revision })
  }

  /** Tries a save that failed again. */
  function retry(imageId: number): void {
    const decision = refused.get(imageId)
    if (decision === undefined) sendHand(imageId)
    else void decide(imageId, decision)
  }

  /** Sends a decision for an image; resolves to whether it is on disk. What was typed before goes out first, so that it is kept beside the decision. */
  async function decide(imageId: number, decision: Decision): Promise<boolean> {
    if (works.get(imageId) === undefined || deciding.has(imageId)) return false
    stopTimer(imageId)
    if (decision.kind !== 'correct' && decision.kind !== 'accept') sendHand(imageId)
    const sent = works.get(imageId)
    if (sent === undefined) return false
    deciding.add(imageId)
    refused.delete(imageId)
    try {
      saved(await saves.enqueue({ kind: 'decision', imageId, seenRevision: sent.seenRevision, decision }), sent)
    } catch (error) {
      refused.set(imageId, decision)
      notSaved(imageId, error, 'decision')
      return false
    } finally {
      deciding.delete(imageId)
    }
    // The editor shows what stands now, but for what was typed since.
    if (works.get(imageId)?.unsaved === 'nothing') works.delete(imageId)
    else saveSoon(imageId)
    details.expire([imageId])
    const known = details.get(imageId)
    if (known !== undefined && !works.has(imageId)) works.set(imageId, startWork(known, queue.modelId))
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
    if (decision === null)
      throw new AppError('bad-input', 'There are no words to save.', { todo: `Write a caption, or reject the image${keyOf('review.reject')}.` })
    decideHere(decision)
  }

  /** C: the closest reference becomes the correction. Refused while the editor holds words of one's own. */
  function correctByReferenceHere(): void {
    if (detail.value === null || work.value === null) return
    if (changed.value)
      throw new AppError('conflict', 'The editor holds other words than the candidate.', {
        kept: 'Nothing was decided.',
        todo: `Save them as a correction${keyOf('review.save')}, or put the candidate back${keyOf('review.take-candidate')}.`,
      })
    const reference = closestText(detail.value.references, work.value.text)
    if (reference === null)
      throw new AppError('not-found', 'This image came without references.', { todo: `Write the correction yourself${keyOf('review.edit')}.` })
    const { candidateId, errorTypes, rating } = work.value
    decideHere({ kind: 'correct', candidateId, text: reference.text, errorTypes: [...errorTypes], rating })
  }

  /** A: the chosen candidate as it is. Refused while the editor holds other words, so that none are lost by one key. */
  function acceptHere(): void {
    if (work.value === null) return
    const { candidateId, errorTypes, rating } = work.value
    if (candidateId === null)
      throw new AppError('not-found', 'This image has no candidate to accept.', {
        todo: `Write a caption${keyOf('review.edit')}, or caption the image in the Library.`,
      })
    if (changed.value)
      throw new AppError('conflict', 'The editor holds other words than the candidate.', {
        kept: 'Nothing was decided.',
        todo: `Save them as a correction${keyOf('review.save')}, or put the candidate back${keyOf('review.take-candidate')}.`,
      })
    decideHere({ kind: 'accept', candidateId, errorTypes: [...errorTypes], rating })
  }

  // ---- changes from elsewhere ---------------------------------------------------------------------------------------------------

  /** Undo or redo: after all saves are through, so that it takes back the newest. Shows the image it concerned. */
  async function stepBack(direction: 'undo' | 'redo'): Promise<void> {
    flushAll()
    await saves.settled()
    const step = await useUndo().step(direction)
    if (step === null) return
    for (const imageId of step.imageIds) if (works.get(imageId)?.unsaved === 'nothing') works.delete(imageId)
    details.expire(step.imageIds)
    useLibrary().rows.expire(step.imageIds)
    useLibrary().refreshSoon()
    useNotices().show('info', `${direction === 'undo' ? 'Undone' : 'Done again'}: ${step.description}`)
    const [only] = step.imageIds
    if (step.imageIds.length === 1 && only !== undefined && queue.ids.includes(only)) await showImage(only)
    else if (currentId.value !== null && step.imageIds.includes(currentId.value)) await goTo(queue.position)
    await Promise.all([queue.loadUndecided(), useRegions().reload()])
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
    for (const imageId of [...draftTimers.keys()]) stopTimer(imageId)
    saves.clear()
    queue.clear()
    works.clear()
    refused.clear()
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
    followLibrary,
    goTo,
    next,
    back,
    showImage,
    type,
    choose,
    rate,
    toggleErrorType,
    toggleTag,
    flush,
    flushAll,
    retry,
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
