/**
 * The way of what an annotator typed and decided to the disk.
 *
 * Every save names its image and the revision its author had in view. Saves of one image go one after the other, saves of different images do
 * not wait for each other. When a save of ours raises the revision, the saves queued behind it follow that step; a revision that somebody
 * else raised (undo, a bulk change) is never followed, so the other side refuses the save as a conflict and nothing is overwritten.
 */
import { shallowReactive, shallowRef } from 'vue'
import type { Decision } from '#shared/api.ts'
import type { ErrorType, Review } from '#shared/domain.ts'
import { assertNever, toReport, type ErrorReport } from '#shared/errors.ts'

interface SaveOf<Kind extends string> {
  kind: Kind
  imageId: number
  /** The revision in view when the text was typed. */
  seenRevision: number
}

export interface DraftSave extends SaveOf<'draft'> {
  candidateId: number | null
  text: string
  errorTypes: ErrorType[]
  rating: number | null
}

/** Marks of an image that is decided and stays so. */
export interface MarksSave extends SaveOf<'marks'> {
  errorTypes: ErrorType[]
  rating: number | null
}

export interface DecisionSave extends SaveOf<'decision'> {
  decision: Decision
}

export type Save = DraftSave | MarksSave | DecisionSave

/** How the last save of an image went. */
export type SaveState =
  | { kind: 'idle' }
  | { kind: 'saving'; what: Save['kind'] }
  | { kind: 'saved'; what: Save['kind'] }
  | { kind: 'failed'; what: Save['kind']; report: ErrorReport }

type Sent<Of extends Save> = Omit<Of, 'kind' | 'seenRevision'> & { expectedRevision: number }

export interface SavePorts {
  saveDraft(input: Sent<DraftSave>): Promise<Review>
  mark(input: Sent<MarksSave>): Promise<Review>
  decide(input: Sent<DecisionSave>): Promise<Review>
}

export interface SaveQueue {
  /** Resolves to the review once it is on disk; rejects with what the other side said. */
  enqueue(save: Save): Promise<Review>
  /** Reactive. */
  stateOf(imageId: number): SaveState
  /** How many saves have no answer yet. Reactive. */
  pending(): number
  /** Is a save of this image without answer? */
  isBusy(imageId: number): boolean
  /** Resolves when every save (of this image) has its answer. Never rejects. */
  settled(imageId?: number): Promise<void>
  /** Forgets all steps and states: image ids mean other images from now on. Saves under way keep their answers. */
  clear(): void
}

interface Waiting {
  save: Save
  promise: Promise<Review>
  resolve(review: Review): void
  reject(error: unknown): void
}

interface Lane {
  waiting: Waiting[]
  running: Promise<void> | null
  /** Our own steps: the revision before a save → the revision after it. */
  steps: Map<number, number>
}

export function createSaveQueue(ports: SavePorts): SaveQueue {
  const lanes = new Map<number, Lane>()
  const states = shallowReactive(new Map<number, SaveState>())
  const unanswered = shallowRef(0)

  function laneOf(imageId: number): Lane {
    const lane = lanes.get(imageId) ?? { waiting: [], running: null, steps: new Map<number, number>() }
    lanes.set(imageId, lane)
    return lane
  }

  function follow(lane: Lane, seen: number): number {
    let revision = seen
    for (let next = lane.steps.get(revision); next !== undefined && next > revision; next = lane.steps.get(revision)) revision = next
    return revision
  }

  function send({ seenRevision: _seen, ...save }: Save, expectedRevision: number): Promise<Review> {
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

  async function run(imageId: number, lane: Lane): Promise<void> {
    for (let job = lane.waiting.shift(); job !== undefined; job = lane.waiting.shift()) {
      const { save } = job
      const expected = follow(lane, save.seenRevision)
      states.set(imageId, { kind: 'saving', what: save.kind })
      try {
        const review = await send(save, expected)
        if (review.imageId !== imageId) throw new Error(`a save of image ${imageId} was answered for image ${review.imageId}`)
        lane.steps.set(expected, review.revision)
        states.set(imageId, { kind: 'saved', what: save.kind })
        job.resolve(review)
      } catch (error) {
        states.set(imageId, { kind: 'failed', what: save.kind, report: toReport(error) })
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

  function enqueue(save: Save): Promise<Review> {
    const lane = laneOf(save.imageId)
    const last = lane.waiting.at(-1)
    // A draft that has not gone out yet is replaced by a newer one of the same origin; so are marks.
    if (last !== undefined && save.kind !== 'decision' && last.save.kind === save.kind && last.save.seenRevision === save.seenRevision) {
      last.save = save
      return last.promise
    }
    const { promise, resolve, reject } = deferred<Review>()
    lane.waiting.push({ save, promise, resolve, reject })
    unanswered.value += 1
    lane.running ??= run(save.imageId, lane)
    return promise
  }

  return {
    enqueue,
    stateOf: (imageId) => states.get(imageId) ?? { kind: 'idle' },
    pending: () => unanswered.value,
    isBusy: (imageId) => (lanes.get(imageId)?.running ?? null) !== null,
    async settled(imageId) {
      const chosen = imageId === undefined ? [...lanes.values()] : [laneOf(imageId)]
      await Promise.all(chosen.map((lane) => lane.running ?? Promise.resolve()))
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
