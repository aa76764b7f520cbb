/** Small versions of images: made by a process of their own on first sight, kept in the workspace's `thumbnails/`. */
import { existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { forkUtility } from '../processes/fork-utility.ts'
import { createIdleWorker } from '../processes/idle-worker.ts'

/** Longest side in pixels: twice the grid's tile, for dense screens; and the largest the window is given of a converted file. */
export const pictureSizes = { thumbnail: 384, displayable: 4096 } as const

export interface PictureMaker {
  /** The path of the made picture, made now where it was not there or the original is newer. */
  make(source: string, imageId: number, kind: keyof typeof pictureSizes): Promise<string>
  close(): Promise<void>
}

/** After so long without a picture to make its process ends. */
const idleMilliseconds = 60_000

export function createPictureMaker(folder: string): PictureMaker {
  const worker = createIdleWorker({ name: 'thumbnail', fork: () => forkUtility('thumbnails') }, idleMilliseconds)
  const underWay = new Map<string, Promise<string>>()

  const isFresh = async (target: string, source: string): Promise<boolean> => existsSync(target) && (await stat(target)).mtimeMs >= (await stat(source)).mtimeMs

  const makeOne = async (source: string, target: string, size: number): Promise<string> => {
    if (!(await isFresh(target, source))) await worker.ask('make', { source, target, size }, z.null())
    return target
  }
  return {
    make: (source, imageId, kind) => {
      const target = join(folder, String(Math.floor(imageId / 1000)), `${imageId}-${pictureSizes[kind]}.webp`)
      const known = underWay.get(target)
      if (known !== undefined) return known
      const making = makeOne(source, target, pictureSizes[kind]).finally(() => underWay.delete(target))
      underWay.set(target, making)
      return making
    },
    close: worker.close,
  }
}
