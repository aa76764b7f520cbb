/** The rows of shards as the merges of all commands go through them. */
import type { z } from 'zod'
import type { MergedShards } from '#engine/shards/merge-shards.ts'
import { AppError } from '#shared/errors.ts'
import { firstIssue } from '#shared/json.ts'

interface Expected<Made extends z.ZodType> {
  made: Made
  /** Items of the work may have failed; their rows are passed over. */
  failures: boolean
  /** What a row that is something else is told to be (`not what judge writes` unless given). */
  otherwise?: string
}

/** What was made, in the order of one machine, with its place. @throws AppError `corrupt` for a row that the command did not write; as the merge's own rows */
export async function* madeRows<Made extends z.ZodType>(
  { header, rows }: MergedShards,
  { made, failures, otherwise = `not what ${header.work} writes` }: Expected<Made>,
): AsyncGenerator<{ place: number; made: z.infer<Made> }> {
  for await (const row of rows()) {
    if (failures && 'failed' in row) continue
    const parsed = made.safeParse('made' in row ? row.made : undefined)
    if (!parsed.success)
      throw new AppError('corrupt', `The row of photo ${row.place + 1} is ${otherwise}: ${firstIssue(parsed.error)}.`, {
        kept: 'Nothing was merged.',
        todo: 'Run the shard that holds it again: remove its file first.',
      })
    yield { place: row.place, made: parsed.data }
  }
}

/** The settings of the shards' work. @throws AppError `corrupt` where the command wrote others */
export function settingsOf<Settings extends z.ZodType>({ header }: MergedShards, schema: Settings): z.infer<Settings> {
  const settings = schema.safeParse(header.settings)
  if (settings.success) return settings.data
  throw new AppError('corrupt', `The shards’ settings are not what ${header.work} writes.`, { kept: 'Nothing was merged.', todo: 'Run the shards again.' })
}

/** Names the items that failed on standard error, and says how many they were, of so many that were made. */
export async function leftOut({ header, rows }: MergedShards, made: number): Promise<string> {
  const failed = header.items - made
  if (failed === 0) return ''
  for await (const row of rows()) if ('failed' in row) process.stderr.write(`left out photo ${row.place + 1}: ${row.failed}\n`)
  process.exitCode = 1
  return `, ${failed} left out`
}
