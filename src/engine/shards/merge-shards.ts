/** Shards of one work, together again: of one model, data and settings, none lacking, none twice. */
import { AppError } from '#shared/errors.ts'
import { readShard, type ShardFile, type ShardHeader, type ShardRow } from './shard-file.ts'
import { shardTitle } from './shard.ts'

export interface MergedShards {
  header: Omit<ShardHeader, 'shard'>
  /** In the order in which one machine would have made them. */
  rows: ShardRow[]
}

/** @throws AppError `bad-input` where the files are not the shards of one work; `corrupt` for one that is not whole */
export async function mergeShards(files: readonly string[]): Promise<MergedShards> {
  const refuse = (happened: string, todo: string): AppError => new AppError('bad-input', happened, { kept: 'Nothing was merged.', todo })
  const shards: ShardFile[] = []
  for (const file of files) shards.push(await readShard(file))
  const [first] = shards
  if (first === undefined) throw refuse('There is no shard to merge.', 'Name the files that --shard wrote.')
  const { count } = first.header.shard
  const bySettings = (header: ShardHeader): string => JSON.stringify({ ...header, shard: header.shard.count })
  const other = shards.find(({ header }) => bySettings(header) !== bySettings(first.header))
  if (other !== undefined)
    throw refuse(`${first.file} and ${other.file} are not of one work: they differ in ${difference(first.header, other.header)}.`, 'Merge shards of one run.')
  const fileOf = new Map<number, string>()
  for (const { file, header } of shards) {
    const same = fileOf.get(header.shard.index)
    if (same !== undefined) throw refuse(`Shard ${shardTitle(header.shard)} is there twice: ${same} and ${file}.`, 'Name each shard once.')
    fileOf.set(header.shard.index, file)
  }
  const lacking = Array.from({ length: count }, (_, place) => place + 1).filter((index) => !fileOf.has(index))
  if (lacking.length > 0)
    throw refuse(`Of ${count} shards ${lacking.length === 1 ? 'one is' : `${lacking.length} are`} lacking: ${someOf(lacking)}.`, 'Run those, then merge again.')
  const rows = shards.flatMap((shard) => shard.rows).sort((one, next) => one.place - next.place)
  const astray = rows.findIndex(({ place }, index) => place !== index)
  if (astray !== -1 || rows.length !== first.header.items)
    throw refuse(`The shards hold ${rows.length} items, and the work has ${first.header.items}.`, 'Run it again from the beginning.')
  const { shard: _shard, ...header } = first.header
  return { header, rows }
}

const most = 20

function someOf(indexes: readonly number[]): string {
  const named = indexes.slice(0, most).join(', ')
  return indexes.length > most ? `${named}, …` : named
}

/** What two headers differ in, by the first thing that does. */
function difference(one: ShardHeader, other: ShardHeader): string {
  if (one.work !== other.work) return `what they do (${one.work}, ${other.work})`
  if (one.shard.count !== other.shard.count) return `their number (${one.shard.count}, ${other.shard.count})`
  const names = Object.keys({ ...one.settings, ...other.settings })
  const name = names.find((each) => JSON.stringify(one.settings[each]) !== JSON.stringify(other.settings[each]))
  return name ?? 'their number of items'
}
