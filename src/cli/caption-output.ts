/** Where `caption` puts what it makes: the whole work's two files at the end, or a shard's one file as it goes. */
import { existsSync } from 'node:fs'
import { requireOutput, type OutputRules } from '#engine/files/output-place.ts'
import { discardShard, openShardWriter, readShard, type ShardHeader, type ShardRow } from '#engine/shards/shard-file.ts'
import { isOfShard, shardTitle, type Shard } from '#engine/shards/shard.ts'
import type { ImageId } from '#shared/domain.ts'
import { AppError } from '#shared/errors.ts'
import { writeCaptionedFiles, type Captioned } from './captioned-files.ts'

/** A photo in its place among all that were given. */
export interface PlacedPhoto {
  path: string
  place: number
  id: ImageId
  name: string
}

export interface CaptionOutput {
  /** Photos that are still to be captioned. */
  readonly photos: readonly PlacedPhoto[]
  take(made: readonly { photo: PlacedPhoto; caption: Captioned }[], failed: readonly { photo: PlacedPhoto; reason: string }[]): void
  /** Writes what is to be written; cancelled or not. Says where it is. */
  finish(complete: boolean): Promise<string>
}

export function wholeOutput(file: string, photos: readonly PlacedPhoto[], rules: OutputRules): CaptionOutput {
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
      await writeCaptionedFiles(file, inOrder, rules)
      return file
    },
  }
}

export interface ShardSetting {
  file: string
  shard: Shard
  /** What all shards of the work have in common. */
  settings: ShardHeader['settings']
  rules: OutputRules
}

/** @throws AppError `conflict` where the file is there of another work */
export async function shardOutput(photos: readonly PlacedPhoto[], { file, shard, settings, rules }: ShardSetting): Promise<CaptionOutput> {
  const header: ShardHeader = { format: 'capstan-shard', version: 1, work: 'caption', shard, settings, items: photos.length }
  const { replace } = rules
  requireOutput(file, { ...rules, replace: true })
  if (replace) await discardShard(file)
  if (existsSync(file)) {
    const finished = await readShard(file)
    if (JSON.stringify(finished.header) !== JSON.stringify(header))
      throw new AppError('conflict', `${file} is there already, and is of another work, model or other settings.`, {
        kept: 'It was not changed.',
        todo: 'Choose another name, or say that it may be replaced (--replace).',
      })
    return { photos: [], take: () => undefined, finish: () => Promise.resolve(`${file}, where shard ${shardTitle(shard)} was whole before`) }
  }
  const writer = await openShardWriter(file, header)
  const done = new Set(writer.before.map(({ place }) => place))
  return {
    photos: photos.filter(({ name, place }) => isOfShard(name, shard) && !done.has(place)),
    take(made, failed) {
      const rows: ShardRow[] = made.map(({ photo: { place }, caption }) => ({ place, made: caption }))
      writer.append([...rows, ...failed.map(({ photo: { place }, reason }) => ({ place, failed: reason }))])
    },
    async finish(complete) {
      if (complete) await writer.finish()
      else writer.close()
      const title = `shard ${shardTitle(shard)}`
      const earlier = done.size === 0 ? '' : `, ${done.size} of them by an earlier run`
      return complete ? `${title} is whole in ${file}${earlier}` : `${title} goes on from here when it is run again`
    },
  }
}
