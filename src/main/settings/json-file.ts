/** Small JSON files of the app itself: checked by a schema when read, written whole or not at all. */
import { open, readFile, rename, rm } from 'node:fs/promises'
import type { z } from 'zod'

/** The file's content, or `fallback` where there is no file or none that the schema accepts. */
export async function readJsonFile<Value>(file: string, schema: z.ZodType<Value>, fallback: Value): Promise<Value> {
  try {
    const parsed = schema.safeParse(JSON.parse(await readFile(file, 'utf8')))
    return parsed.success ? parsed.data : fallback
  } catch {
    return fallback
  }
}

/** Writes beside the file, flushes, renames: a crash leaves the old content or the new. */
export async function writeJsonFile(file: string, value: unknown): Promise<void> {
  const temporary = `${file}.${process.pid}.new`
  try {
    const handle = await open(temporary, 'w')
    try {
      await handle.writeFile(`${JSON.stringify(value, null, 2)}\n`)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, file)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}
