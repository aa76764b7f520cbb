/** The vision process: started for the first question, ended when nobody has asked for a while, which gives its memory back. */
import { z } from 'zod'
import type { AddedEncoderReport, EncoderCheck, EncoderList, FeatureCacheSummary, PhotoSearchResult } from '#shared/domain.ts'
import type { BeamTree, CaptionAttention, CaptionOcclusion } from '#shared/looking/looking.ts'
import type { MeteorAlignment } from '#shared/metrics/meteor-alignment.ts'
import { forkUtility } from '../processes/fork-utility.ts'
import { createIdleWorker, type AskOptions } from '../processes/idle-worker.ts'

/** What it is asked, by request name; src/main/workers/vision.ts answers. */
export interface VisionAnswers {
  list: EncoderList
  add: AddedEncoderReport
  verify: EncoderCheck
  remove: null
  search: PhotoSearchResult
  attention: CaptionAttention
  occlusion: CaptionOcclusion
  'beam-tree': BeamTree
  'meteor-alignment': MeteorAlignment | null
  'features-list': FeatureCacheSummary[]
  'features-remove': null
  'features-evict': { removed: number; bytes: number }
}

export interface VisionHost {
  /**
   * Throws the AppError that came back, `unavailable` past the question's deadline, `cancelled` on abort, or `crashed` where the process ended: the
   * next question starts it again.
   */
  ask<Name extends keyof VisionAnswers>(name: Name, input: object, how?: Pick<AskOptions, 'signal'>): Promise<VisionAnswers[Name]>
  close(): Promise<void>
}

const idleMilliseconds = 120_000

/** An encoder or model whose graph never ends is ended. Milliseconds, far above what honest ones need: a large CLIP is read in one or two minutes. */
const deadlines: Record<keyof VisionAnswers, { within: number; about: string } | undefined> = {
  list: undefined, // each package has a deadline of its own
  add: { within: 600_000, about: 'The encoder' },
  verify: { within: 300_000, about: 'The encoder' },
  remove: undefined,
  search: { within: 300_000, about: 'The encoder' },
  attention: { within: 300_000, about: 'The model' },
  occlusion: { within: 600_000, about: 'The model' },
  'beam-tree': { within: 300_000, about: 'The model' },
  'meteor-alignment': { within: 120_000, about: 'METEOR' },
  'features-list': undefined,
  'features-remove': undefined,
  'features-evict': undefined,
}

export function createVisionHost(): VisionHost {
  const worker = createIdleWorker({ name: 'vision', fork: () => forkUtility('vision') }, idleMilliseconds)
  return {
    // The worker made it a moment ago with the type of the same name.
    ask: <Name extends keyof VisionAnswers>(name: Name, input: object, how: Pick<AskOptions, 'signal'> = {}) =>
      worker.ask(name, input, z.custom<VisionAnswers[Name]>(), { ...deadlines[name], ...how }),
    close: worker.close,
  }
}
