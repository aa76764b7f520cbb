/**
 * The way of what an annotator typed and decided to the disk.
 *
 * Every save names its image and the revision its author had in view. Saves of one image go one after the other, saves of different images do
 * not wait for each other. When a save of ours raises the revision, the saves queued behind it follow that step; a revision that somebody
 * else raised (undo, a bulk change) is never followed, so the other side refuses the save as a conflict and nothing is overwritten.
 */
import type { Decision } from '#shared/api.ts'
import type { ErrorType, Review } from '#shared/domain.ts'
import { toReport, type ErrorReport } from '#shared/errors.ts'

export interface DraftSave {
  kind: 'draft'
  imageId: number
  /** The revision in view when the text was typed. */
  seenRevision: number
  candidateId: number | null
  text: string
  errorTypes: ErrorType[]
  rating: number | null
}

export interface DecisionSave {
  kind: 'decision'
  imageId: number
  seenRevision: number
  decision: Decision
}

export type Save = DraftSave | DecisionSave

export type SaveState =
  | { kind: 'idle' }
  | { kind: 'saving'; what: Save['kind'] }
  | { kind: 'saved'; what: Save['kind'] }
  | { kind: 'failed'; what: Save['kind']; report: ErrorReport }

export interface SavePorts {
  saveDraft(input: Omit<DraftSave, 'kind' | 'seenRevision'> & { expectedRevision: number }): Promise<Review>
  decide(input: { imageId: number; expectedRevision: number; decision: Decision }): Promise<Review>
  /** Told on every change of an image's state. */
  onState?(imageId: number, state: SaveState): void
}

export interface SaveQueue {
  /** Resolves to the review once it is on disk; rejects with what the other side said. */
  enqueue(save: Save): Promise<Review>
  stateOf(imageId: number): SaveState
  /** How many saves have no answer yet. */
  pending(): number
  /** Is a save of this image without answer? */
  isBusy(imageId: number): boolean
  /** Resolves when every save (of this image) has its answer. Never rejects. */
  settled(imageId?: number): Promise<void>
  /** The revision that a seen one has become by our own saves. */
  revisionNow(imageId: number, seenRevision: number): number
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
  state: SaveState
}

export function createSaveQueue(ports: SavePorts): SaveQueue {
  const lanes = new Map<number, Lane>()

  function laneOf(imageId: number): Lane {
    const lane = lanes.get(imageId) ?? { waiting: [], running: null, steps: new Map<number, number>(), state: { kind: 'idle' } as const }
    lanes.set(imageId, lane)
    return lane
  }

  function setState(imageId: number, lane: Lane, state: SaveState): void {
    lane.state = state
    ports.onState?.(imageId, state)
  }

  function follow(lane: Lane, seen: number): number {
    let revision = seen
    for (let next = lane.steps.get(revision); next !== undefined && next > revision; next = lane.steps.get(revision)) revision = next
    return revision
  }

  function send(save: Save, expectedRevision: number): Promise<Review> {
    return save.kind === 'draft'
      ? ports.saveDraft({
          imageId: save.imageId,
          expectedRevision,
          candidateId: save.candidateId,
          text: save.text,
          errorTypes: save.errorTypes,
          rating: save.rating,
        })
      : ports.decide({ imageId: save.imageId, expectedRevision, decision: save.decision })
  }

  async function run(imageId: number, lane: Lane): Promise<void> {
    for (let job = lane.waiting.shift(); job !== undefined; job = lane.waiting.shift()) {
      const { save } = job
      const expected = follow(lane, save.seenRevision)
      setState(imageId, lane, { kind: 'saving', what: save.kind })
      try {
        const review = await send(save, expected)
        if (review.imageId !== imageId) throw new Error(`a save of image ${imageId} was answered for image ${review.imageId}`)
        lane.steps.set(expected, review.revision)
        setState(imageId, lane, { kind: 'saved', what: save.kind })
        job.resolve(review)
      } catch (error) {
        setState(imageId, lane, { kind: 'failed', what: save.kind, report: toReport(error) })
        job.reject(error)
      }
    }
    lane.running = null
  }

  function enqueue(save: Save): Promise<Review> {
    const lane = laneOf(save.imageId)
    const last = lane.waiting.at(-1)
    // A draft that has not gone out yet is replaced by a newer one of the same origin.
    if (last !== undefined && last.save.kind === 'draft' && save.kind === 'draft' && last.save.seenRevision === save.seenRevision) {
      last.save = save
      return last.promise
    }
    const { promise, resolve, reject } = deferred<Review>()
    lane.waiting.push({ save, promise, resolve, reject })
    lane.running ??= run(save.imageId, lane)
    return promise
  }

  return {
    enqueue,
    stateOf: (imageId) => lanes.get(imageId)?.state ?? { kind: 'idle' },
    pending: () => [...lanes.values()].reduce((sum, lane) => sum + lane.waiting.length + Number(lane.running !== null), 0),
    isBusy: (imageId) => (lanes.get(imageId)?.running ?? null) !== null,
    async settled(imageId) {
      const chosen = imageId === undefined ? [...lanes.values()] : [laneOf(imageId)]
      await Promise.all(chosen.map((lane) => lane.running ?? Promise.resolve()))
    },
    revisionNow: (imageId, seenRevision) => {
      const lane = lanes.get(imageId)
      return lane === undefined ? seenRevision : follow(lane, seenRevision)
    },
    clear: () => lanes.clear(),
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
