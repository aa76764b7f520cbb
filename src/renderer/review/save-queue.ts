/**
 * The way of what an annotator typed and decided to the disk.
 *
 * Every save names its caption (image and slot) and the revision its author had in view. Saves of one caption go one after the other, saves of
 * different ones do not wait for each other. When a save of ours raises the revision, the saves queued behind it follow that step; a revision that somebody
 * else raised (undo, a bulk change) is never followed, so the other side refuses the save as a conflict and nothing is overwritten.
 */
import { shallowReactive, shallowRef } from 'vue'
import type { Decision } from '#shared/api.ts'
import type { CaptionPlace, ErrorType, SavedReview } from '#shared/domain.ts'
import { assertNever, toReport, type ErrorReport } from '#shared/errors.ts'
import { placeKey, type PlaceKey } from './caption-place.ts'

interface SaveOf<Kind extends string> extends CaptionPlace {
  kind: Kind
  /** The revision in view when the text was typed. */
  seenRevision: number
}

export interface DraftSave extends SaveOf<'draft'> {
  candidateId: number | null
  text: string
  errorTypes: ErrorType[]
  rating: number | null
}

/** Marks of a caption that is decided and stays so. */
export interface MarksSave extends SaveOf<'marks'> {
  errorTypes: ErrorType[]
  rating: number | null
}

export interface DecisionSave extends SaveOf<'decision'> {
  decision: Decision
}

export type Save = DraftSave | MarksSave | DecisionSave

/** How the last save of a caption went. */
export type SaveState =
  | { kind: 'idle' }
  | { kind: 'saving'; what: Save['kind'] }
  | { kind: 'saved'; what: Save['kind'] }
  | { kind: 'failed'; what: Save['kind']; report: ErrorReport }

type Sent<Of extends Save> = Omit<Of, 'kind' | 'seenRevision'> & { expectedRevision: number }

export interface SavePorts {
  saveDraft(input: Sent<DraftSave>): Promise<SavedReview>
  mark(input: Sent<MarksSave>): Promise<SavedReview>
  decide(input: Sent<DecisionSave>): Promise<SavedReview>
}

export interface SaveQueue {
  /** Resolves to the review once it is on disk; rejects with what the other side said. */
  enqueue(save: Save): Promise<SavedReview>
  /** Reactive. */
  stateOf(place: CaptionPlace): SaveState
  /** How many saves have no answer yet. Reactive. */
  pending(): number
  /** Is a save of this caption without answer? */
  isBusy(place: CaptionPlace): boolean
  /** Resolves when every save has its answer. Never rejects. */
  settled(): Promise<void>
  /** Forgets all steps and states: ids mean other images from now on. Saves under way keep their answers. */
  clear(): void
}

interface Waiting {
  save: Save
  promise: Promise<SavedReview>
  resolve(review: SavedReview): void
  reject(error: unknown): void
}

interface Lane {
  waiting: Waiting[]
  running: Promise<void> | null
  /** Our own steps: the revision before a save → the revision after it. */
  steps: Map<number, number>
}

export function createSaveQueue(ports: SavePorts): SaveQueue {
  const lanes = new Map<PlaceKey, Lane>()
  const states = shallowReactive(new Map<PlaceKey, SaveState>())
  const unanswered = shallowRef(0)

  function laneOf(key: PlaceKey): Lane {
    const lane = lanes.get(key) ?? { waiting: [], running: null, steps: new Map<number, number>() }
    lanes.set(key, lane)
    return lane
  }

  function follow(lane: Lane, seen: number): number {
    let revision = seen
    for (let next = lane.steps.get(revision); next !== undefined && next > revision; next = lane.steps.get(revision)) revision = next
    return revision
  }

  function send({ seenRevision: _seen, ...save }: Save, expectedRevision: number): Promise<SavedReview> {
    switch (save.kind) {
      case 'draft': {
        const { kind: _kind, ...draft } = save
        return ports.saveDraft({ ...draft, expectedRevision })
      }
      case 'marks': {
        const { kind: _kind, ...marks } = save
        return ports.mark({ ...marks, expectedRevision })
      }
      case 'decision': {
        const { kind: _kind, ...decision } = save
        return ports.decide({ ...decision, expectedRevision })
      }
      default:
        return assertNever(save)
    }
  }

  async function run(key: PlaceKey, lane: Lane): Promise<void> {
    for (let job = lane.waiting.shift(); job !== undefined; job = lane.waiting.shift()) {
      const { save } = job
      const expected = follow(lane, save.seenRevision)
      states.set(key, { kind: 'saving', what: save.kind })
      try {
        const review = await send(save, expected)
        if (placeKey(review) !== key) throw new Error(`a save of caption ${key} was answered for caption ${placeKey(review)}`)
        lane.steps.set(expected, review.revision)
        states.set(key, { kind: 'saved', what: save.kind })
        job.resolve(review)
      } catch (error) {
        states.set(key, { kind: 'failed', what: save.kind, report: toReport(error) })
        job.reject(error)
        refuseDecisions(lane, error)
      }
      unanswered.value -= 1
    }
    lane.running = null
  }

  /** A decision is not made where the words that it was to keep beside it are not on disk. */
  function refuseDecisions(lane: Lane, error: unknown): void {
    const refused = lane.waiting.filter(({ save }) => save.kind === 'decision')
    lane.waiting = lane.waiting.filter(({ save }) => save.kind !== 'decision')
    for (const { reject } of refused) reject(error)
    unanswered.value -= refused.length
  }

  function enqueue(save: Save): Promise<SavedReview> {
    const key = placeKey(save)
    const lane = laneOf(key)
    const last = lane.waiting.at(-1)
    // A draft that has not gone out yet is replaced by a newer one of the same origin; so are marks.
    if (last !== undefined && save.kind !== 'decision' && last.save.kind === save.kind && last.save.seenRevision === save.seenRevision) {
      last.save = save
      return last.promise
    }
    const { promise, resolve, reject } = deferred<SavedReview>()
    lane.waiting.push({ save, promise, resolve, reject })
    unanswered.value += 1
    lane.running ??= run(key, lane)
    return promise
  }

  return {
    enqueue,
    stateOf: (place) => states.get(placeKey(place)) ?? { kind: 'idle' },
    pending: () => unanswered.value,
    isBusy: (place) => (lanes.get(placeKey(place))?.running ?? null) !== null,
    async settled() {
      await Promise.all([...lanes.values()].map((lane) => lane.running ?? Promise.resolve()))
    },
    clear: () => {
      lanes.clear()
      states.clear()
    },
  }
}

/** Promise.withResolvers, which Node 20 has not. */
function deferred<Value>(): { promise: Promise<Value>; resolve: (value: Value) => void; reject: (error: unknown) => void } {
  let resolve: (value: Value) => void = () => undefined
  let reject: (error: unknown) => void = () => undefined
  const promise = new Promise<Value>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}
