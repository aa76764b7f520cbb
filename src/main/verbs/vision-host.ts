/** The vision process: started for the first question, ended when nobody has asked for a while, which gives its memory back. */
import { z } from 'zod'
import type { AddedEncoderReport, CaptionAttention, EncoderCheck, EncoderList, FeatureCacheSummary, PhotoSearchResult } from '#shared/domain.ts'
import { forkUtility } from '../processes/fork-utility.ts'
import { createIdleWorker } from '../processes/idle-worker.ts'

/** What it is asked, by request name; src/main/workers/vision.ts answers. */
export interface VisionAnswers {
  list: EncoderList
  add: AddedEncoderReport
  verify: EncoderCheck
  remove: null
  search: PhotoSearchResult
  attention: CaptionAttention
  'features-list': FeatureCacheSummary[]
  'features-remove': null
  'features-evict': { removed: number; bytes: number }
}

export interface VisionHost {
  /** Throws the AppError that came back, or `crashed` where the process ended: the next question starts it again. */
  ask<Name extends keyof VisionAnswers>(name: Name, input: object): Promise<VisionAnswers[Name]>
  close(): Promise<void>
}

const idleMilliseconds = 120_000

export function createVisionHost(): VisionHost {
  const worker = createIdleWorker({ name: 'vision', fork: () => forkUtility('vision') }, idleMilliseconds)
  return {
    // The worker made it a moment ago with the type of the same name.
    ask: <Name extends keyof VisionAnswers>(name: Name, input: object) => worker.ask(name, input, z.custom<VisionAnswers[Name]>()),
    close: worker.close,
  }
}
