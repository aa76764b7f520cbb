/**
 * Pictures of images: read and made by a process of their own, which is ended when a photo does not answer. A folder whose photos do not answer is left
 * alone for a while, so that the photos of others come.
 */
import { join } from 'node:path'
import type { z } from 'zod'
import { lateAnswer } from '#engine/files/deadline.ts'
import { toReport } from '#shared/errors.ts'
import type { ReplacedPhoto } from '#shared/jobs.ts'
import type { ChildProcess } from '../processes/worker-host.ts'
import { createIdleWorker } from '../processes/idle-worker.ts'
import { lookSchema, pictureSchema, type Picture } from './picture-request.ts'

/** Longest side in pixels: twice the grid's tile, for dense screens; and the largest the window is given of a converted file. */
export const pictureSizes = { thumbnail: 384, displayable: 4096 } as const

/** An image's file, where it is said to be. */
export interface ImagePlace {
  path: string
  root: string
  fileName: string
  /** SHA-256 of the file that it was imported from. */
  contentHash: string
}

export interface PictureMaker {
  /** A small version (kept in the workspace's `thumbnails/`), or the image as the window can show it. */
  make(image: ImagePlace, imageId: number, kind: keyof typeof pictureSizes): Promise<Picture>
  /** Reads the file, unless it is as it was, and tells where it is another photo than was imported. */
  look(image: ImagePlace, imageId: number): Promise<void>
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

export interface PictureOptions extends Partial<PictureTimes> {
  /** Another photo lies under an image's name. */
  replaced(photo: ReplacedPhoto): void
}

export function createPictureMaker(folder: string, fork: () => ChildProcess, options: PictureOptions): PictureMaker {
  const { idle, answersWithin, pause, replaced } = { ...times, ...options }
  const worker = createIdleWorker({ name: 'thumbnail', fork, atOnce, stopWithin: 1000 }, idle)
  const underWay = new Map<string, Promise<Picture>>()
  /** Makes a picture that waits its turn the newest again: it was scrolled past, and is in sight once more. */
  const renewals = new Map<string, () => void>()
  const silentUntil = new Map<string, number>()

  const ask = async <Answer extends { other: Omit<ReplacedPhoto, 'imageId'> | null }>(
    { path, root, fileName, contentHash }: ImagePlace,
    { imageId, kind, question, answer }: { imageId: number; kind: keyof typeof pictureSizes; question: 'picture' | 'look'; answer: z.ZodType<Answer> },
  ): Promise<Answer> => {
    const about = `The folder of photos ${root}`
    const late = (): boolean => (silentUntil.get(root) ?? 0) > Date.now()
    if (late()) throw lateAnswer(about, answersWithin)
    const kept = keptAt(imageId, kind)
    const request = { source: path, root, fileName, contentHash, kept, size: pictureSizes[kind], own: kind === 'displayable' }
    try {
      // Asked again when its turn comes: those before it may have shown that the folder does not answer.
      const found = await worker.ask(question, request, answer, {
        within: answersWithin,
        about,
        urgent: question === 'picture' && kind === 'displayable',
        ...(question === 'picture' && { onWaiting: (renew) => void renewals.set(kept, renew) }),
        refuse: () => (late() ? lateAnswer(about, answersWithin) : undefined),
      })
      if (found.other !== null) replaced({ imageId, ...found.other })
      return found
    } catch (error) {
      if (toReport(error).code === 'unavailable') silentUntil.set(root, Date.now() + pause)
      throw error
    }
  }
  /** Without what tells the photo's state (`workers/thumbnails.ts`). */
  const keptAt = (imageId: number, kind: keyof typeof pictureSizes): string =>
    join(folder, String(Math.floor(imageId / 1000)), `${imageId}-${pictureSizes[kind]}`)
  return {
    look: async (image, imageId) => {
      await ask(image, { imageId, kind: 'displayable', question: 'look', answer: lookSchema })
    },
    make: (image, imageId, kind) => {
      const kept = keptAt(imageId, kind)
      const known = underWay.get(kept)
      if (known !== undefined) {
        renewals.get(kept)?.()
        return known
      }
      const making = ask(image, { imageId, kind, question: 'picture', answer: pictureSchema }).finally(() => {
        underWay.delete(kept)
        renewals.delete(kept)
      })
      underWay.set(kept, making)
      return making
    },
    close: worker.close,
  }
}
