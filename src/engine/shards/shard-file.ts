/**
 * What one shard made: JSON lines, first what it is a shard of, then a row for each item, done or failed, last how many. Rows are appended as they are made
 * to a file beside it, and flushed; whole, it gets its name. A killed shard goes on from the rows that are there.
 */
import { closeSync, existsSync, fsyncSync, ftruncateSync, openSync, writeSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import { readRegularText } from '#engine/files/regular-file.ts'
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

/** Bytes of a shard file that are read: some three million captions. A larger work takes more shards. */
const largestShard = 500e6
const flushEvery = 20_000 // milliseconds: a machine that loses power loses less than a minute's work

export interface ShardWriter {
  /** Rows that an earlier run made. */
  readonly before: readonly ShardRow[]
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
  let count = there?.rows.length ?? 0
  return {
    before: there?.rows ?? [],
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

/** The whole lines of an unfinished file; a line that a kill cut short is not one. */
async function readRows(file: string, wanted: ShardHeader): Promise<{ rows: ShardRow[]; bytes: number } | undefined> {
  const text = await readRegularText(file, largestShard)
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  const [first, ...lines] = whole.split('\n').slice(0, -1)
  if (first === undefined) return undefined
  if (first !== JSON.stringify(wanted))
    throw new AppError('conflict', `${file} holds rows of another model, other data or other settings.`, {
      kept: 'It was not changed.',
      todo: 'Give the settings that it was begun with, or say that it may go (--replace).',
    })
  const rows = lines.map((line, index) =>
    jsonOf(
      rowSchema,
      line,
      (reason, cause) =>
        new AppError('corrupt', `${file}, line ${index + 2}, was changed: ${reason}.`, {
          kept: 'It was not changed.',
          todo: 'Mend the line, or say that the file may go (--replace).',
          cause,
        }),
    ),
  )
  return { rows, bytes: Buffer.byteLength(whole) }
}

/** Begins anew: whatever an earlier run left goes. */
export async function discardShard(file: string): Promise<void> {
  await rm(unfinishedName(file), { force: true })
  await rm(file, { force: true })
}

export interface ShardFile {
  file: string
  header: ShardHeader
  rows: ShardRow[]
}

/** @throws AppError `corrupt` for what is no whole shard */
export async function readShard(file: string): Promise<ShardFile> {
  const text = await readRegularText(file, largestShard)
  const [first = '', ...lines] = text.trimEnd().split('\n')
  const parse = <Schema extends z.ZodType>(schema: Schema, line: string): z.infer<Schema> | undefined => {
    try {
      return schema.safeParse(parseJson(line)).data
    } catch {
      return undefined
    }
  }
  const header = parse(headerSchema, first)
  if (header === undefined) throw new AppError('corrupt', `${file} is no shard.`, { kept: 'Nothing was merged.', todo: 'Give the files that --shard wrote.' })
  const end = parse(endSchema, lines.at(-1) ?? '')
  const rows = lines.slice(0, -1).flatMap((line) => parse(rowSchema, line) ?? [])
  if (end === undefined || end.rows !== rows.length || rows.length !== lines.length - 1)
    throw new AppError('corrupt', `${file}, shard ${shardTitle(header.shard)}, is not whole.`, {
      kept: 'Nothing was merged.',
      todo: 'Run that shard again: it goes on where it stopped.',
    })
  return { file, header, rows }
}
