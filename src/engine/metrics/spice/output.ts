/** The JSON that SPICE writes with `-subset`: one row an image, in an order of SPICE's own. */
import { z } from 'zod'
import { AppError } from '#shared/errors.ts'

/** Precision, recall and F of one kind of tuples; null where the references have no such tuple (SPICE's NaN). */
export interface SpiceValue {
  precision: number | null
  recall: number | null
  f: number | null
}

/** One image: all tuples, and by kind (Object, Attribute, Relation, Color, Cardinality, Size). */
export interface SpiceImageScores {
  all: SpiceValue
  subsets: Record<string, SpiceValue>
}

const number = z.union([z.number(), z.null(), z.literal('NaN').transform(() => null)])
const rowSchema = z.object({
  image_id: z.number().int(),
  scores: z
    .record(z.string(), z.object({ pr: number, re: number, f: number }))
    .refine((scores) => typeof scores['All']?.f === 'number', 'the overall score is missing'),
})

/**
 * The scores of `images` images that went in under the numbers 0, 1, 2, …, in that order: rows are placed by the number they carry, never
 * by where they stand in the file. Throws an AppError `corrupt` where a row is missing, twice there or unreadable.
 */
export function parseSpiceOutput(text: string, images: number): SpiceImageScores[] {
  const rows = readRows(text)
  const placed: (SpiceImageScores | undefined)[] = Array.from({ length: images }, () => undefined)
  for (const row of rows) {
    if (row.image_id < 0 || row.image_id >= images) throw damaged(`it has a row for image ${row.image_id}, which was not asked for`)
    if (placed[row.image_id] !== undefined) throw damaged(`it has two rows for image ${row.image_id}`)
    const values = Object.entries(row.scores).map(([kind, { pr, re, f }]): [string, SpiceValue] => [kind, { precision: pr, recall: re, f }])
    const { All: all, ...subsets } = Object.fromEntries(values)
    placed[row.image_id] = { all, subsets }
  }
  return placed.map((scores, image) => {
    if (scores === undefined) throw damaged(`it has no row for image ${image}`)
    return scores
  })
}

function readRows(text: string): z.infer<typeof rowSchema>[] {
  try {
    return z.array(rowSchema).parse(JSON.parse(text))
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause)
    throw damaged(reason, cause)
  }
}

function damaged(reason: string, cause?: unknown): AppError {
  return new AppError('corrupt', `SPICE's results cannot be used: ${reason}.`, {
    kept: 'No SPICE score was stored.',
    todo: 'Run SPICE again.',
    cause,
  })
}
