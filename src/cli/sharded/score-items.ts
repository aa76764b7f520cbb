/** What the shards of `score` and `clip-score` do alike: images batch by batch, each batch's rows written before the next is begun. */
import { hashBytes } from '#engine/files/content-hash.ts'
import type { CaptionedImage } from '#engine/metrics/match-results.ts'
import type { ShardRow } from '#engine/shards/shard-file.ts'
import { AppError, toReport } from '#shared/errors.ts'
import type { PlacedItem, ShardOutput } from './shard-output.ts'

interface Scoring<Item> {
  /** Images scored before their rows are written. */
  together: number
  rowsOf(batch: readonly Item[]): Promise<ShardRow[]>
  onProgress?(done: number, total: number): void
}

/** Scores what the shard still lacks. Says where it is. @throws AppError `cancelled`: what is scored is kept */
export async function scoreItems<Item extends PlacedItem>(output: ShardOutput<Item>, { together, rowsOf, onProgress }: Scoring<Item>): Promise<string> {
  let done = 0
  let complete = false
  let where = ''
  try {
    for (let first = 0; first < output.items.length; first += together) {
      const batch = output.items.slice(first, first + together)
      output.append(await rowsOf(batch))
      done += batch.length
      onProgress?.(done, output.items.length)
    }
    complete = true
  } catch (error) {
    if (toReport(error).code !== 'cancelled') throw error
    const kept = done === 0 ? 'Nothing was scored.' : `${done} images were scored and are kept: the shard goes on from there when it is run again.`
    throw new AppError('cancelled', 'Scoring was cancelled.', { kept, cause: error })
  } finally {
    where = await output.finish(complete)
  }
  return `${done} images scored: ${where}`
}

/** What is scored: shards of other captions, or of other references, are of another work. */
export function digestOfScored(images: readonly CaptionedImage[]): string {
  return hashBytes(Buffer.from(images.map(({ id, candidate, references }) => `${JSON.stringify([id, candidate, ...references])}\n`).join('')))
}
