/**
 * The annotator's desk: the photo in front, which of its captions by people is in front, and the work in hand for each caption of the queue.
 * Every change names the caption it was made for; nothing here writes to "the current image".
 */
import { defineStore, storeToRefs } from 'pinia'
import { computed, ref, shallowReactive, shallowRef } from 'vue'
import type { Decision } from '#shared/api.ts'
import type { CaptionPlace, ErrorType, ImageDetail, SavedReview } from '#shared/domain.ts'
import { AppError, toReport } from '#shared/errors.ts'
import { isUndecided, mostCaptions, oneLine } from '#shared/review.ts'
import { call, listen } from '../bridge.ts'
import { captionAt, captionsInSight, firstSlot, placeKey, nextOpenSlot, type PlaceKey } from '../review/caption-place.ts'
import { captionsInFront } from '../review/captions-in-front.ts'
import { createDetailCache } from '../review/detail-cache.ts'
import { createDraftTimers } from '../review/draft-timers.ts'
import type { Hand } from '../review/hand.ts'
import { createSaveQueue } from '../review/save-queue.ts'
import { decisionByReference, decisionToAccept, decisionToSave, differs, sameMarks, standsAlready, startWork, stillFits, type Work } from '../review/work.ts'
import { useLibrary } from './library.ts'
import { useNotices } from './notices.ts'
import { useRegions } from './regions.ts'
import { useReviewQueue, type QueueOrigin } from './review-queue.ts'
import { useSettings } from './settings.ts'
import { useUndo } from './undo.ts'

export const useReview = defineStore('review', () => {
  const queue = useReviewQueue()
  const { currentId } = storeToRefs(queue)
  /** Which of the photo's captions is in front. */
  const slot = ref(0)
  /** Of which photo it was chosen. */
  let slotOf: number | null = null
  const works = shallowReactive(new Map<PlaceKey, Work>())
  const loadError = shallowRef<unknown>(null)
  const deciding = new Set<PlaceKey>()
  /** Decisions that could not be saved. */
  const refused = new Map<PlaceKey, Decision>()

  const timers = createDraftTimers((at) => sendHand(at))
  const { flush, flushAll } = timers
  const details = createDetailCache((imageId) => call('images.get', { imageId }))
  const saves = createSaveQueue({
    saveDraft: (input) => call('review.saveDraft', input),
    mark: (input) => call('review.mark', input),
    decide: (input) => call('review.decide', input),
  })

  const front = captionsInFront({ currentId, slot, details, works, saves })
  const { detail, place, work, captions } = front
  const pendingSaves = computed(() => saves.pending())

  // ---- walking through the queue ------------------------------------------------------------------------------------------------

  /** Takes a list to walk through. Choices of the walk before that were not saved are forgotten. */
  async function open(ids: readonly number[], startId: number | null, origin: QueueOrigin = {}): Promise<void> {
    flushAll()
    for (const [key, mine] of works) if (mine.unsaved === 'nothing' && !saves.isBusy(mine)) works.delete(key)
    await Promise.all([queue.put(ids, startId, origin), goTo(queue.position)])
  }

  /** Takes the Library's list where Review is to walk through it and another one was taken; the image in front stays where it can. */
  async function followLibrary(): Promise<void> {
    const library = useLibrary()
    if (library.ids.length === 0 || !queue.isStale(library.ids)) return
    const startId = queue.startIn(library.ids) ?? library.ids[library.selection.focus] ?? null
    await open(library.ids, startId, { fromLibrary: true, modelId: library.filter.modelId })
  }

  async function loadDetail(imageId: number): Promise<ImageDetail> {
    const loaded = await details.load(imageId)
    const inFront = imageId === currentId.value ? slot.value : 0
    for (const review of captionsInSight(loaded, inFront)) {
      const before = works.get(placeKey(review))
      if (before === undefined || (!saves.isBusy(review) && !stillFits(loaded, before))) begin(loaded, review.slot)
    }
    return loaded
  }

  /** Puts the start of a caption in hand. Words and decisions of its neighbours that are on their way count as made. */
  function begin(seen: ImageDetail, at: number): void {
    const onTheWay = [...works.values()].filter(
      (other) => other.imageId === seen.imageId && other.slot !== at && (other.unsaved === 'words' || deciding.has(placeKey(other))),
    )
    const taken = new Set(onTheWay.map(({ candidateId }) => candidateId))
    works.set(placeKey({ imageId: seen.imageId, slot: at }), startWork(seen, { slot: at, preferredModel: queue.modelId, taken }))
  }

  /** Shows a photo, at its first caption that waits unless another is meant; what was typed at the one before is saved under that one's own id. */
  async function goTo(to: number, at: number | null = null): Promise<void> {
    const leaving = place.value
    queue.moveTo(to)
    const arriving = currentId.value
    if (leaving !== null && (leaving.imageId !== arriving || (at !== null && at !== leaving.slot))) flush(leaving)
    if (arriving === null) return
    const known = details.get(arriving)
    const arrived = slotOf !== arriving
    slotOf = arriving
    if (at !== null) slot.value = at
    else if (arrived) slot.value = known === undefined ? 0 : firstSlot(known)
    const begun = slot.value
    loadError.value = null
    try {
      const loaded = await loadDetail(arriving)
      if (known === undefined && at === null && arrived && currentId.value === arriving && slot.value === begun) turnTo(firstSlot(loaded))
    } catch (error) {
      if (currentId.value === arriving) loadError.value = error
    }
    prefetchAround()
  }

  /** Shows another caption of the photo in front. */
  function turnTo(at: number): void {
    const seen = detail.value
    if (seen === null || at < 0 || at >= mostCaptions || at === slot.value) return
    if (place.value !== null) flush(place.value)
    slot.value = at
    const to = { imageId: seen.imageId, slot: at }
    const there = works.get(placeKey(to))
    const untouched = there?.unsaved === 'nothing' && captionAt(seen, at).state === 'pending' && !saves.isBusy(to)
    // What was chosen for its neighbours since is not offered again.
    if (there === undefined || untouched) begin(seen, at)
  }

  /** The caption after or before the one in front; true where there is one. */
  function turnBy(step: 1 | -1): boolean {
    const at = slot.value + step
    if (detail.value === null || at < 0 || at >= captions.value.length) return false
    turnTo(at)
    return true
  }

  /** One caption more than there are, in front and empty. @throws AppError where there are as many as there can be */
  function addCaption(): void {
    const at = captions.value.length
    if (at >= mostCaptions) throw new AppError('bad-input', `A photo can have ${mostCaptions} captions by people.`, { kept: 'Nothing was added.' })
    turnTo(at)
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

  async function showImage(imageId: number, at: number | null = null): Promise<void> {
    if (!queue.ids.includes(imageId)) await open([imageId], imageId)
    await goTo(queue.ids.indexOf(imageId), at)
  }

  // ---- work in hand -------------------------------------------------------------------------------------------------------------

  function update(at: CaptionPlace, part: Partial<Omit<Work, 'imageId' | 'slot'>>): void {
    const before = works.get(placeKey(at))
    if (before !== undefined) works.set(placeKey(at), { ...before, ...part })
  }

  /** Text typed into the editor of a caption. It is saved as a draft when the typing rests, or when the caption is left. */
  function type(at: CaptionPlace, typed: string): void {
    const text = oneLine(typed)
    if (works.get(placeKey(at))?.text !== text) touch(at, { text }, 'words')
  }

  /** Changes the work in hand; what is to be saved of it goes out a little later. */
  function touch(at: CaptionPlace, part: Partial<Omit<Work, 'imageId' | 'slot'>>, what: 'marks' | 'words'): void {
    const seen = details.get(at.imageId)
    const mine = works.get(placeKey(at))
    if (seen === undefined || mine === undefined) return
    refused.delete(placeKey(at))
    update(at, { ...part, unsaved: mine.unsaved === 'words' ? 'words' : what, seenRevision: captionAt(seen, at.slot).revision })
    timers.soon(at)
  }

  /** Chooses a candidate. A text that was not changed becomes the candidate's; a changed one stays, and is compared with it from now on. */
  function choose(at: CaptionPlace, index: number): void {
    const seen = details.get(at.imageId)
    const mine = works.get(placeKey(at))
    const chosen = seen?.candidates[index]
    if (seen === undefined || mine === undefined || chosen === undefined || chosen.id === mine.candidateId) return
    const keepText = differs(seen, mine) && mine.text.trim() !== ''
    const part = { candidateId: chosen.id, ...(keepText ? {} : { text: chosen.text }) }
    const { state } = captionAt(seen, at.slot)
    // A draft names its candidate; elsewhere a choice is saved with the decision.
    const draft = state === 'draft' || (mine.unsaved === 'marks' && isUndecided(state))
    if (draft || mine.unsaved === 'words') touch(at, part, 'words')
    else update(at, part)
  }

  function rate(at: CaptionPlace, rating: number | null): void {
    touch(at, { rating: works.get(placeKey(at))?.rating === rating ? null : rating }, 'marks')
  }

  function toggleErrorType(at: CaptionPlace, type: ErrorType): void {
    const errorTypes = works.get(placeKey(at))?.errorTypes ?? []
    touch(at, { errorTypes: errorTypes.includes(type) ? errorTypes.filter((other) => other !== type) : [...errorTypes, type] }, 'marks')
  }

  /** Gives or takes a tag: on disk before it is shown. */
  async function toggleTag(imageId: number, tag: string): Promise<void> {
    const taken = details.get(imageId)?.tags.includes(tag) === true
    await call('images.arrange', { imageIds: [imageId], [taken ? 'removeTags' : 'addTags']: [tag] })
    details.expire([imageId])
    await Promise.all([loadDetail(imageId), useUndo().load()])
  }

  // ---- saving -------------------------------------------------------------------------------------------------------------------

  /** Saves what is in hand, words as a draft and marks of a decided caption as marks; also how a failed save is tried again. */
  function sendHand(at: CaptionPlace): void {
    const mine = works.get(placeKey(at))
    const seen = details.get(at.imageId)
    // While a decision is under way it is not known what the words come upon: they follow it.
    if (mine === undefined || seen === undefined || mine.unsaved === 'nothing' || deciding.has(placeKey(at))) return
    if (standsAlready(seen, mine) && !saves.isBusy(at)) {
      update(at, { unsaved: 'nothing' })
      return
    }
    const { imageId, text, candidateId, seenRevision, rating } = mine
    const errorTypes = [...mine.errorTypes]
    const marksOnly = mine.unsaved === 'marks' && !isUndecided(captionAt(seen, at.slot).state)
    const marks = { imageId, slot: at.slot, seenRevision, errorTypes, rating }
    saves.enqueue(marksOnly ? { kind: 'marks', ...marks } : { kind: 'draft', ...marks, candidateId, text }).then(
      (review) => saved(review, mine),
      (error: unknown) => notSaved(at, error, marksOnly ? 'marks' : 'draft'),
    )
  }

  /** `sent` was in hand when the save went out; what was typed or marked since then is still to be saved. */
  function saved(review: SavedReview, sent: Work): void {
    details.putReview(review)
    const mine = works.get(placeKey(review))
    const same = mine !== undefined && mine.text === sent.text && mine.rating === sent.rating && sameMarks(mine.errorTypes, sent.errorTypes)
    if (same && (review.state !== 'draft' || mine.candidateId === sent.candidateId)) update(review, { unsaved: 'nothing', seenRevision: review.revision })
    queue.reviewChanged(review)
    useLibrary().reviewChanged(review)
    // Its own decision is told to no window: what undo would take back now is asked for.
    useUndo()
      .load()
      .catch(() => undefined)
  }

  function notSaved(at: CaptionPlace, error: unknown, what: 'draft' | 'marks' | 'decision'): void {
    const lost = works.get(placeKey(at))
    if (lost?.unsaved === 'nothing') update(at, { unsaved: what === 'marks' ? 'marks' : 'words' })
    const report = toReport(error)
    const name = details.get(at.imageId)?.fileName ?? `image ${at.imageId}`
    useNotices().showReport(
      {
        ...report,
        happened: `The ${what} for ${name} was not saved. ${report.happened}`,
        kept: report.kept === '' ? 'The text is kept in the editor of that image.' : report.kept,
      },
      report.code === 'displaced' ? undefined : { label: 'Show that image', run: () => void showImage(at.imageId, at.slot) },
    )
    if (report.code === 'conflict') void seeAnew(at)
  }

  /** After a conflict: the other side's state is fetched and shown, the typed text stays; only then may it be saved over that state. */
  async function seeAnew(at: CaptionPlace): Promise<void> {
    details.expire([at.imageId])
    const fetched = await details.load(at.imageId).catch(() => null)
    if (fetched !== null) update(at, { seenRevision: captionAt(fetched, at.slot).revision })
  }

  /** Tries a save that failed again. */
  function retry(at: CaptionPlace): void {
    const decision = refused.get(placeKey(at))
    if (decision === undefined) sendHand(at)
    else void decide(at, decision)
  }

  /** Sends a decision for a caption; resolves to whether it is on disk. What was typed before goes out first, so that it is kept beside the decision. */
  async function decide(at: CaptionPlace, decision: Decision): Promise<boolean> {
    const { imageId } = at
    const key = placeKey(at)
    if (works.get(key) === undefined || deciding.has(key)) return false
    timers.stop(at)
    if (decision.kind !== 'correct' && decision.kind !== 'accept') sendHand(at)
    const sent = works.get(key)
    if (sent === undefined) return false
    deciding.add(key)
    refused.delete(key)
    try {
      saved(await saves.enqueue({ kind: 'decision', imageId, slot: at.slot, seenRevision: sent.seenRevision, decision }), sent)
    } catch (error) {
      refused.set(key, decision)
      notSaved(at, error, 'decision')
      return false
    } finally {
      deciding.delete(key)
    }
    // The editor shows what stands now, but for what was typed since.
    if (works.get(key)?.unsaved === 'nothing') works.delete(key)
    else timers.soon(at)
    details.expire([imageId])
    const known = details.get(imageId)
    if (known !== undefined && !works.has(key)) begin(known, at.slot)
    if (imageId === currentId.value) await loadDetail(imageId).catch(() => undefined)
    return true
  }

  /** Decides for the caption in front, and goes on when the settings say so, to the photo's next caption that waits, then to the next photo: the save goes its own way. */
  function decideHere(decision: Decision): void {
    const here = place.value
    const seen = detail.value
    if (here === null || seen === null || work.value === null || deciding.has(placeKey(here))) return
    void decide(here, decision)
    if (decision.kind === 'reopen' || !useSettings().settings.advanceAfterDecision) return
    const open = nextOpenSlot(seen, here.slot, (other) => deciding.has(placeKey({ imageId: here.imageId, slot: other })))
    if (open === null) void next()
    else turnTo(open)
  }

  /** Decides what the work in front comes to. @throws AppError where it comes to none */
  function decideBy(decisionOf: (seen: ImageDetail, mine: Work) => Decision): void {
    if (detail.value !== null && work.value !== null) decideHere(decisionOf(detail.value, work.value))
  }

  const saveHere = (): void => decideBy(decisionToSave)
  const correctByReferenceHere = (): void => decideBy(decisionByReference)
  const acceptHere = (): void => decideBy(decisionToAccept)

  // ---- changes from elsewhere ---------------------------------------------------------------------------------------------------

  /** Undo or redo: after all saves are through, so that it takes back the newest. Shows the image it concerned. */
  async function stepBack(direction: 'undo' | 'redo'): Promise<void> {
    flushAll()
    await saves.settled()
    const step = await useUndo().step(direction)
    if (step === null) return
    const stepped = new Set(step.imageIds)
    for (const [key, mine] of works) if (stepped.has(mine.imageId) && mine.unsaved === 'nothing') works.delete(key)
    details.expire(step.imageIds)
    useLibrary().rows.expire(step.imageIds)
    useLibrary().refreshSoon()
    useNotices().show('info', `${direction === 'undo' ? 'Undone' : 'Done again'}: ${step.description}`)
    const [only] = step.imageIds
    if (step.imageIds.length === 1 && only !== undefined && queue.ids.includes(only)) await showImage(only, step.slot)
    else if (currentId.value !== null && step.imageIds.includes(currentId.value)) await goTo(queue.position)
    await Promise.all([queue.loadUndecided(), useRegions().reload()])
  }

  /** What is in hand and could not be saved, of every image. */
  function inHand(): Hand[] {
    return [...works.values()]
      .filter((mine) => mine.unsaved !== 'nothing' || refused.has(placeKey(mine)))
      .map((mine) => ({ work: mine, decision: refused.get(placeKey(mine)) ?? null }))
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
    timers.clear()
    saves.clear()
    queue.clear()
    slot.value = 0
    slotOf = null
    works.clear()
    refused.clear()
    details.clear()
  }

  return {
    ...front,
    slot,
    pendingSaves,
    loadError,
    open,
    followLibrary,
    goTo,
    next,
    back,
    showImage,
    turnTo,
    turnBy,
    addCaption,
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
    inHand,
    leave,
    listenForChanges,
    clear,
  }
})
