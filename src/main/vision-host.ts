/** The vision process: started for the first question, ended when nobody has asked for a while, which gives its memory back. */
import { z } from 'zod'
import type { AddedEncoderReport, CaptionAttention, EncoderCheck, EncoderList, FeatureCacheSummary, PhotoSearchResult } from '#shared/domain.ts'
import { forkUtility } from './fork-utility.ts'
import { startWorker } from './worker-host.ts'
import type { Worker } from './worker-host.ts'

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
  let worker: Promise<Worker> | undefined
  let underWay = 0
  let timer: NodeJS.Timeout | undefined

  const living = (): Promise<Worker> => {
    if (worker === undefined) {
      const starting = startWorker({ name: 'vision', fork: () => forkUtility('vision') })
      const forget = (): void => {
        if (worker === starting) worker = undefined
      }
      starting.then((started) => started.ended.then(forget), forget)
      worker = starting
    }
    return worker
  }
  const close = async (): Promise<void> => {
    const ending = worker
    worker = undefined
    clearTimeout(timer)
    await (await ending?.catch(() => undefined))?.stop()
  }

  return {
    async ask<Name extends keyof VisionAnswers>(name: Name, input: object) {
      clearTimeout(timer)
      underWay++
      try {
        // The worker made it a moment ago with the type of the same name.
        return await (await living()).request(name, input, z.custom<VisionAnswers[Name]>())
      } finally {
        underWay--
        if (underWay === 0) timer = setTimeout(() => void close(), idleMilliseconds).unref()
      }
    },
    close,
  }
}
