/** Which known images a photo may be that lies elsewhere now: asked by the job that imports, for the old places may be on a share that is dead. */
import { stat } from 'node:fs/promises'
import { within } from '#engine/files/deadline.ts'
import { fileOnDisk } from '#engine/files/packed/packed-path.ts'
import { toReport } from '#shared/errors.ts'
import { findByContent } from '../repositories/images.ts'
import type { Database } from '../storage/database.ts'

const answersWithin = 5000 // milliseconds
const mostSilent = 2

/**
 * Finds the known images of a content, of other folders than `root`, whose files are gone. Places are asked one after the other: each that never answers
 * keeps one of few threads, so its folder is not asked again. What cannot be looked at is not gone. Of a content with several copies they are told once.
 */
export function goneImages(database: Database, root: string): (contentHash: string) => Promise<number[]> {
  const silent = new Set<string>()
  const isGone = async (image: { path: string; root: string }): Promise<boolean> => {
    if (silent.has(image.root) || silent.size >= mostSilent) return false
    try {
      await within(answersWithin, `The folder of photos ${image.root}`, stat(fileOnDisk(image.path)))
      return false
    } catch (error) {
      const { code } = toReport(error)
      if (code === 'unavailable') silent.add(image.root)
      return code === 'not-found' || code === 'bad-input' // `bad-input`: a file stands where a folder was
    }
  }
  let turn: Promise<unknown> = Promise.resolve()
  const severalOf = new Set<string>()
  return (contentHash) => {
    const looked = turn.then(async () => {
      const gone: number[] = []
      if (severalOf.has(contentHash)) return gone
      const alike = findByContent(database, contentHash)
      if (alike.length > 1) severalOf.add(contentHash)
      for (const image of alike) if (image.root !== root && (await isGone(image))) gone.push(image.id)
      return gone
    })
    turn = looked.catch(() => undefined)
    return looked
  }
}
