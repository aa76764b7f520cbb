/**
 * What one shard made: JSON lines, first what it is a shard of, then a row for each item, done or failed, last how many. Rows are appended as they are made
 * to a file beside it, and flushed; whole, it gets its name. A killed shard goes on from the rows that are there.
 */
import { closeSync, existsSync, fsyncSync, ftruncateSync, openSync, writeSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import { byteLines, readAt, type LineReading } from '#engine/files/byte-lines.ts'
import { openRegular } from '#engine/files/regular-file.ts'
import { AppError } from '#shared/errors.ts'
import { jsonOf, parseJson } from '#shared/json.ts'
import { shardSchema, shardTitle } from './shard.ts'

const headerSchema = z.strictObject({
  format: z.literal('capstan-shard'),
  version: z.literal(1),
  /** The command whose work it is. */
  work: z.string(),
  shard: shardSchema,
  /** Model, settings and a digest of all items: shards that differ in these are not of one work. */
  settings: z.record(z.string(), z.json()),
  /** Of all shards together. */
  items: z.int().min(0),
})
export type ShardHeader = z.infer<typeof headerSchema>

const rowSchema = z.union([
  z.strictObject({ place: z.int().min(0), made: z.json() }),
  /** What failed, and why. */
  z.strictObject({ place: z.int().min(0), failed: z.string() }),
])
/** `place`: of the item among all of the work's, from 0. */
export type ShardRow = z.infer<typeof rowSchema>
const endSchema = z.strictObject({ rows: z.int().min(0) })

const flushEvery = 20_000 // milliseconds: a machine that loses power loses less than a minute's work

export interface ShardWriter {
  /** Places of the rows that an earlier run made. */
  readonly before: ReadonlySet<number>
  append(rows: readonly ShardRow[]): void
  /** All is done: the file gets its name. */
  finish(): Promise<void>
  /** Ends early; the rows stay for the next run. */
  close(): void
}

export const unfinishedName = (file: string): string => `${file}.unfinished`

/**
 * Opens a shard's file for what it still lacks.
 * @throws AppError `conflict` where the rows that are there are of other settings, `corrupt` where one is none
 */
export async function openShardWriter(file: string, header: ShardHeader): Promise<ShardWriter> {
  await mkdir(dirname(file), { recursive: true })
  const unfinished = unfinishedName(file)
  const there = existsSync(unfinished) ? await readRows(unfinished, header) : undefined
  const handle = openSync(unfinished, there === undefined ? 'w' : 'r+')
  if (there !== undefined) ftruncateSync(handle, there.bytes)
  let at = there?.bytes ?? 0
  let flushed = performance.now()
  const write = (line: unknown): void => {
    at += writeSync(handle, `${JSON.stringify(line)}\n`, at)
  }
  if (there === undefined) write(header)
  const before = there?.places ?? new Set<number>()
  let count = there?.rows ?? 0
  return {
    before,
    append(rows) {
      for (const row of rows) write(row)
      count += rows.length
      if (performance.now() - flushed < flushEvery) return
      fsyncSync(handle)
      flushed = performance.now()
    },
    async finish() {
      write({ rows: count })
      fsyncSync(handle)
      closeSync(handle)
      await rename(unfinished, file)
    },
    close() {
      fsyncSync(handle)
      closeSync(handle)
    },
  }
}

/** What the whole lines of an unfinished file hold; a line that a kill cut short is not one. */
async function readRows(file: string, wanted: ShardHeader): Promise<{ places: Set<number>; rows: number; bytes: number } | undefined> {
  const places = new Set<number>()
  let [bytes, lines] = [0, 0]
  for await (const { text, end, whole } of byteLines(file)) {
    if (!whole) break
    bytes = end
    lines += 1
    if (lines > 1) places.add(rowOf(text, file, lines).place)
    else if (text !== JSON.stringify(wanted))
      throw new AppError('conflict', `${file} holds rows of another model, other data or other settings.`, {
        kept: 'It was not changed.',
        todo: 'Give the settings that it was begun with, or say that it may go (--replace).',
      })
  }
  return lines === 0 ? undefined : { places, rows: lines - 1, bytes }
}

function rowOf(text: string, file: string, line: number): ShardRow {
  return jsonOf(
    rowSchema,
    text,
    (reason, cause) =>
      new AppError('corrupt', `${file}, line ${line}, was changed: ${reason}.`, {
        kept: 'It was not changed.',
        todo: 'Mend the line, or say that the file may go (--replace).',
        cause,
      }),
  )
}

/** Begins anew: whatever an earlier run left goes. */
export async function discardShard(file: string): Promise<void> {
  await rm(unfinishedName(file), { force: true })
  await rm(file, { force: true })
}

/** A shard that says that it is whole. */
export interface ShardFile {
  file: string
  header: ShardHeader
  /** How many, as its last line says. */
  rows: number
}

const longestEnd = 4096 // bytes

/** Reads the first line and the last one. @throws AppError `corrupt` for what is no shard, or is one that was not finished */
export async function openShardFile(file: string): Promise<ShardFile> {
  const first = await byteLines(file).next()
  const header = parsed(headerSchema, first.done === true ? '' : first.value.text)
  if (header === undefined) throw new AppError('corrupt', `${file} is no shard.`, { kept: 'Nothing was merged.', todo: 'Give the files that --shard wrote.' })
  const { handle, size } = await openRegular(file)
  await handle.close()
  const tail = (await readAt(file, Math.max(0, size - longestEnd), longestEnd)).toString('utf8').trimEnd()
  const end = parsed(endSchema, tail.slice(tail.lastIndexOf('\n') + 1))
  if (end === undefined) throw notWhole(file, header)
  return { file, header, rows: end.rows }
}

/** The rows, as they lie in the file. @throws AppError `corrupt` where a line is no row or they are not as many as the last line says; `cancelled` */
export async function* shardRows({ file, header }: ShardFile, reading: LineReading = {}): AsyncGenerator<ShardRow, void> {
  let [line, rows] = [0, 0]
  let ended = false
  for await (const { text } of byteLines(file, reading)) {
    line += 1
    if (line === 1 || (ended && text.trim() === '')) continue
    const row = ended ? undefined : parsed(rowSchema, text)
    if (row === undefined) {
      if (ended || parsed(endSchema, text)?.rows !== rows) throw notWhole(file, header)
      ended = true
      continue
    }
    rows += 1
    yield row
  }
  if (!ended) throw notWhole(file, header)
}

/** Goes through all of a shard's rows. @throws AppError `corrupt` for what is no whole shard */
export async function checkShard(file: string): Promise<ShardHeader> {
  const shard = await openShardFile(file)
  const rows = shardRows(shard)
  while ((await rows.next()).done !== true);
  return shard.header
}

function parsed<Schema extends z.ZodType>(schema: Schema, line: string): z.infer<Schema> | undefined {
  try {
    return schema.safeParse(parseJson(line)).data
  } catch {
    return undefined
  }
}

function notWhole(file: string, { shard }: ShardHeader): AppError {
  return new AppError('corrupt', `${file}, shard ${shardTitle(shard)}, is not whole.`, {
    kept: 'Nothing was merged.',
    todo: 'Run that shard again: it goes on where it stopped.',
  })
}
