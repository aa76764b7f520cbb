/**
 * Pictures of images: read and made by a process of their own, which is ended when a photo does not answer. A folder whose photos do not answer is left
 * alone for a while, so that the photos of others come.
 */
import { join } from 'node:path'
import { lateAnswer } from '#engine/files/deadline.ts'
import { toReport } from '#shared/errors.ts'
import type { ChildProcess } from '../processes/worker-host.ts'
import { createIdleWorker } from '../processes/idle-worker.ts'
import { pictureSchema, type Picture } from './picture-request.ts'

/** Longest side in pixels: twice the grid's tile, for dense screens; and the largest the window is given of a converted file. */
export const pictureSizes = { thumbnail: 384, displayable: 4096 } as const

/** An image's file, where it is said to be. */
export interface ImagePlace {
  path: string
  root: string
  fileName: string
}

export interface PictureMaker {
  /** A small version (kept in the workspace's `thumbnails/`), or the image as the window can show it. */
  make(image: ImagePlace, imageId: number, kind: keyof typeof pictureSizes): Promise<Picture>
  close(): Promise<void>
}

export interface PictureTimes {
  /** After so long without a picture to make the process ends. */
  idle: number
  /** A photo must have come in this time. */
  answersWithin: number
  /** A folder that did not answer is not asked again before. */
  pause: number
}

const times: PictureTimes = { idle: 60_000, answersWithin: 10_000, pause: 30_000 }

/** Each waits in a thread of its own: Node has four for files, so one that hangs takes no other's. */
const atOnce = 3

export function createPictureMaker(folder: string, fork: () => ChildProcess, { idle, answersWithin, pause }: PictureTimes = times): PictureMaker {
  const worker = createIdleWorker({ name: 'thumbnail', fork, atOnce, stopWithin: 1000 }, idle)
  const underWay = new Map<string, Promise<Picture>>()
  const silentUntil = new Map<string, number>()

  const ask = async ({ path, root, fileName }: ImagePlace, kept: string, kind: keyof typeof pictureSizes): Promise<Picture> => {
    const about = `The folder of photos ${root}`
    const late = (): boolean => (silentUntil.get(root) ?? 0) > Date.now()
    if (late()) throw lateAnswer(about, answersWithin)
    const request = { source: path, root, fileName, kept, size: pictureSizes[kind], own: kind === 'displayable' }
    try {
      // Asked again when its turn comes: those before it may have shown that the folder does not answer.
      return await worker.ask('picture', request, pictureSchema, {
        within: answersWithin,
        about,
        refuse: () => (late() ? lateAnswer(about, answersWithin) : undefined),
      })
    } catch (error) {
      if (toReport(error).code === 'unavailable') silentUntil.set(root, Date.now() + pause)
      throw error
    }
  }
  return {
    make: (image, imageId, kind) => {
      const kept = join(folder, String(Math.floor(imageId / 1000)), `${imageId}-${pictureSizes[kind]}.webp`)
      const known = underWay.get(kept)
      if (known !== undefined) return known
      const making = ask(image, kept, kind).finally(() => underWay.delete(kept))
      underWay.set(kept, making)
      return making
    },
    close: worker.close,
  }
}
