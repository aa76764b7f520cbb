/** Where `caption` puts what it makes: the whole work's two files at the end, or a shard's one file as it goes. */
import type { ShardRow } from '#engine/shards/shard-file.ts'
import type { ImageId } from '#shared/domain.ts'
import { writeCaptionedFiles, type Captioned, type CaptionedFiles } from './captioned-files.ts'
import { openShard, type PlacedItem, type ShardSetting } from './shard-output.ts'

/** A photo in its place among all that were given. */
export interface PlacedPhoto extends PlacedItem {
  path: string
  id: ImageId
}

export interface CaptionOutput {
  /** Photos that are still to be captioned. */
  readonly photos: readonly PlacedPhoto[]
  take(made: readonly { photo: PlacedPhoto; caption: Captioned }[], failed: readonly { photo: PlacedPhoto; reason: string }[]): void
  /** Writes what is to be written; cancelled or not. Says where it is. */
  finish(complete: boolean): Promise<string>
}

export function wholeOutput(files: CaptionedFiles, photos: readonly PlacedPhoto[]): CaptionOutput {
  const made = new Map<number, Captioned>()
  return {
    photos,
    take(captioned) {
      for (const { photo, caption } of captioned) made.set(photo.place, caption)
    },
    async finish() {
      // Where nothing was made, an earlier file stays.
      if (made.size === 0) return 'nothing is written'
      const inOrder = [...made].sort(([one], [other]) => one - other).map(([, caption]) => caption)
      await writeCaptionedFiles(
        files,
        () => inOrder,
        inOrder.every(({ id }) => typeof id === 'number'),
      )
      return files.results
    },
  }
}

/** @throws AppError as `openShard` */
export async function shardOutput(photos: readonly PlacedPhoto[], setting: Omit<ShardSetting, 'work'>): Promise<CaptionOutput> {
  const { items, append, finish } = await openShard(photos, { ...setting, work: 'caption' })
  return {
    photos: items,
    take(made, failed) {
      const rows: ShardRow[] = made.map(({ photo: { place }, caption }) => ({ place, made: caption }))
      append([...rows, ...failed.map(({ photo: { place }, reason }) => ({ place, failed: reason }))])
    },
    finish,
  }
}
