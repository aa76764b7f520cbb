/** Small JSON files of the app itself: checked by a schema when read, written whole or not at all. */
import { readFile } from 'node:fs/promises'
import type { z } from 'zod'
import { writeWhole } from '#engine/files/write-whole.ts'

/** The file's content, or `fallback` where there is no file or none that the schema accepts. */
export async function readJsonFile<Value>(file: string, schema: z.ZodType<Value>, fallback: Value): Promise<Value> {
  try {
    const parsed = schema.safeParse(JSON.parse(await readFile(file, 'utf8')))
    return parsed.success ? parsed.data : fallback
  } catch {
    return fallback
  }
}

/** A crash leaves the old content or the new. */
export async function writeJsonFile(file: string, value: unknown): Promise<void> {
  await writeWhole(file, `${JSON.stringify(value, null, 2)}\n`)
}
