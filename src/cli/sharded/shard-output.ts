/** Where a command that is given --shard puts what it makes: one file, row by row, gone on with when it is run again. */
import { existsSync } from 'node:fs'
import { requireOutput, type OutputRules } from '#engine/files/output-place.ts'
import { checkShard, discardShard, openShardWriter, type ShardHeader, type ShardRow } from '#engine/shards/shard-file.ts'
import { isOfShard, shardTitle, type Shard } from '#engine/shards/shard.ts'
import { AppError } from '#shared/errors.ts'

export interface ShardSetting {
  /** The command. */
  work: string
  file: string
  shard: Shard
  /** What all shards of the work have in common. */
  settings: ShardHeader['settings']
  rules: OutputRules
}

/** An item in its place among all that were given; its name says whose share it is. */
export interface PlacedItem {
  name: string
  place: number
}

export interface ShardOutput<Item extends PlacedItem> {
  /** This shard's items that are still to be done. */
  readonly items: readonly Item[]
  append(rows: readonly ShardRow[]): void
  /** Gives the file its name where all is done, else leaves the rows for the next run. Says where they are. */
  finish(complete: boolean): Promise<string>
}

/** @throws AppError `conflict` where the file is there of another work; as `requireOutput` */
export async function openShard<Item extends PlacedItem>(all: readonly Item[], setting: ShardSetting): Promise<ShardOutput<Item>> {
  const { work, file, shard, settings, rules } = setting
  const header: ShardHeader = { format: 'capstan-shard', version: 1, work, shard, settings, items: all.length }
  requireOutput(file, { ...rules, replace: true })
  if (rules.replace) await discardShard(file)
  if (existsSync(file)) {
    const finished = await checkShard(file)
    if (JSON.stringify(finished) !== JSON.stringify(header))
      throw new AppError('conflict', `${file} is there already, and is of another work, model or other settings.`, {
        kept: 'It was not changed.',
        todo: 'Choose another name, or say that it may be replaced (--replace).',
      })
    return { items: [], append: () => undefined, finish: () => Promise.resolve(`${file}, where shard ${shardTitle(shard)} was whole before`) }
  }
  const writer = await openShardWriter(file, header)
  const done = writer.before
  return {
    items: all.filter(({ name, place }) => isOfShard(name, shard) && !done.has(place)),
    append: (rows) => writer.append(rows),
    async finish(complete) {
      if (complete) await writer.finish()
      else writer.close()
      const title = `shard ${shardTitle(shard)}`
      const earlier = done.size === 0 ? '' : `, ${done.size} of them by an earlier run`
      return complete ? `${title} is whole in ${file}${earlier}` : `${title} goes on from here when it is run again`
    },
  }
}

/** @throws AppError `bad-input` where a shard is asked for and there is no file for it */
export function requireShardFile(file: string | undefined): string {
  if (file !== undefined) return file
  throw new AppError('bad-input', 'A shard needs a file of its own.', {
    kept: 'Nothing was begun.',
    todo: 'Give it with --out, for example --out shards/1.jsonl.',
  })
}
