/** Shards of one work, together again: of one model, data and settings, none lacking, none twice. */
import { AppError } from '#shared/errors.ts'
import { openShardFile, shardRows, type ShardFile, type ShardHeader, type ShardRow } from './shard-file.ts'
import { shardTitle } from './shard.ts'

export interface MergedShards {
  header: Omit<ShardHeader, 'shard'>
  /**
   * In the order in which one machine would have made them, read anew at each call: nothing of what was given is held. Whoever writes goes through them
   * once before. @throws AppError `corrupt` for a shard that is not whole, `bad-input` where a place lacks or is there twice, `cancelled`
   */
  rows(): AsyncGenerator<ShardRow>
}

export interface Merging {
  signal?: AbortSignal | undefined
  /** Rows so far of one way through all. */
  onProgress?: ((done: number, total: number) => void) | undefined
}

/**
 * Sees to it that the files are the shards of one work, by their first and last lines.
 * @throws AppError `bad-input` where they are not; `corrupt` for one that is not whole
 */
export async function mergeShards(files: readonly string[], merging: Merging = {}): Promise<MergedShards> {
  const shards: ShardFile[] = []
  for (const file of files) shards.push(await openShardFile(file))
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
  requireItems(shards, first.header.items)
  const { shard: _shard, ...header } = first.header
  return { header, rows: () => inOrder(shards, header.items, merging) }
}

function refuse(happened: string, todo: string): AppError {
  return new AppError('bad-input', happened, { kept: 'Nothing was merged.', todo })
}

function requireItems(shards: readonly ShardFile[], items: number): void {
  const held = shards.reduce((sum, { rows }) => sum + rows, 0)
  if (held !== items) throw refuse(`The shards hold ${held} items, and the work has ${items}.`, 'Run it again from the beginning.')
}

const heldAtOnce = 64 * 2 ** 20 // bytes of all files together
const largestPiece = 2 ** 18
const rowsBetweenTelling = 10_000

/**
 * Rows by their places, 0, 1, 2, … A shard's rows lie nearly in order: those of a batch that failed come after those that did not. So the shard that has been
 * read least far is read on until the row that is due has come; few others wait by then, however large the shards.
 */
async function* inOrder(shards: readonly ShardFile[], items: number, { signal, onProgress }: Merging): AsyncGenerator<ShardRow> {
  const piece = Math.max(4096, Math.min(largestPiece, Math.floor(heldAtOnce / shards.length)))
  const readers = leastFirst<Reader>()
  for (const shard of shards) readers.add({ rows: shardRows(shard, { piece, signal }), at: -1 })
  const waiting = new Map<number, ShardRow>()
  let due = 0
  for (;;) {
    const row = waiting.get(due)
    if (row !== undefined) {
      waiting.delete(due)
      yield row
      due += 1
      if (due % rowsBetweenTelling === 0) onProgress?.(due, items)
      continue
    }
    const reader = readers.take()
    if (reader === undefined) break
    const { value, done } = await reader.rows.next()
    if (done === true) continue
    if (value.place < due || waiting.has(value.place)) throw refuse(`The shards hold item ${value.place + 1} twice.`, 'Run it again from the beginning.')
    waiting.set(value.place, value)
    reader.at = Math.max(reader.at, value.place)
    readers.add(reader)
  }
  if (due !== items || waiting.size > 0) throw refuse(`The shards lack item ${due + 1} of ${items}.`, 'Run it again from the beginning.')
}

interface Reader {
  rows: AsyncGenerator<ShardRow, void>
  /** The largest place that was read. */
  at: number
}

/** A binary heap by `at`. */
function leastFirst<Item extends { at: number }>(): { add(item: Item): void; take(): Item | undefined } {
  const heap: Item[] = []
  const swap = (one: number, other: number): void => {
    ;[heap[one], heap[other]] = [heap[other], heap[one]]
  }
  return {
    add(item) {
      heap.push(item)
      for (let place = heap.length - 1; place > 0;) {
        const parent = (place - 1) >> 1
        if (heap[parent].at <= heap[place].at) return
        swap(place, parent)
        place = parent
      }
    },
    take() {
      if (heap.length < 2) return heap.pop()
      const [least] = heap
      heap[0] = heap.pop() ?? least
      for (let place = 0; ;) {
        const left = 2 * place + 1
        if (left >= heap.length) return least
        const child = left + 1 < heap.length && heap[left + 1].at < heap[left].at ? left + 1 : left
        if (heap[place].at <= heap[child].at) return least
        swap(place, child)
        place = child
      }
    },
  }
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
