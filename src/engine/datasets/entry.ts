import { basename } from 'node:path'
import type { z } from 'zod'
import { parseJson } from '#shared/json.ts'
import type { JsonEntry } from './json-stream.ts'
import { unusable, type Purpose } from './purpose.ts'

/** Where an entry stands: `annotations.3`, or `[3]` in a file that is a list. */
export function placeOf({ list, key }: Pick<JsonEntry, 'list' | 'key'>): string {
  return list === '' ? `[${key}]` : `${list}.${key}`
}

/** An entry as its schema has it. @throws AppError `bad-input` naming file and key, `captions.json, annotations.3.caption: …` */
export function parseEntry<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  where: { file: string; place: string; purpose: Purpose },
): z.infer<Schema> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const key = [where.place, ...issue.path.map(String)].filter((step) => step !== '').join('.')
  throw unusable(`${basename(where.file)}, ${key}`, issue.message, where.purpose, parsed.error)
}

/** What a line of JSON Lines says. @throws AppError `bad-input` naming file and line */
export function jsonLine(text: string, { file, place, purpose }: { file: string; place: string; purpose: Purpose }): unknown {
  try {
    return parseJson(text)
  } catch (cause) {
    throw unusable(`${basename(file)}, ${place}`, `it is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`, purpose, cause)
  }
}
