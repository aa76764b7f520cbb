/** What Capstan's exports say of a caption beside its text: the keys (of JSON) and columns (of tables), read and written here. */
import { z } from 'zod'
import { labelId } from '#shared/annotation/labels.ts'
import { reviewStates } from '#shared/domain.ts'
import type { ExportDetail } from '#shared/exchange.ts'
import { captionFlags, noDetails, type CaptionDetails, type CaptionFlag, type DatasetCaption } from './record.ts'
import type { WrittenBox } from './writers/writer.ts'

export const detailKeys = ['author', 'time', 'state', 'rating', 'error_types', 'before'] as const

const none = (value: unknown): unknown => (value === '' ? null : value)
const listed = (value: unknown): unknown => (typeof value === 'string' ? value.split(/[\s,;]+/).filter(Boolean) : (value ?? []))

/** Foreign files have columns of these names that mean something else: what does not fit is as if it was not there. */
const detailsSchema = z.object({
  time: z.preprocess(none, z.iso.datetime().nullish()).catch(null),
  state: z.preprocess(none, z.enum(reviewStates).nullish()).catch(null),
  rating: z
    .preprocess((value) => (typeof value === 'string' && value !== '' ? Number(value) : none(value)), z.number().int().min(1).max(5).nullish())
    .catch(null),
  error_types: z.preprocess(listed, z.array(labelId)).catch([]),
  before: z.preprocess(none, z.string().nullish()).catch(null),
})

export function detailsOf(row: Readonly<Record<string, unknown>>): CaptionDetails {
  if (!detailKeys.some((key) => key in row)) return noDetails
  const { time = null, state = null, rating = null, error_types: types, before = null } = detailsSchema.parse(row)
  return { time, state, rating, errorTypes: types, before }
}

/** How a data set marks a caption (VizWiz-Captions; others took its keys over). */
export function flagsOf(row: Readonly<Record<string, unknown>>): CaptionFlag[] {
  return captionFlags.filter((flag) => row[`is_${flag}`] === true || row[`is_${flag}`] === 1)
}

/** Who wrote a caption, by the keys that are usual. */
export function authorOf(row: Readonly<Record<string, unknown>>): string | null {
  const { author } = row
  return typeof author === 'string' && author.trim() !== '' ? author.trim() : null
}

/** The fields of a caption that are asked for, null where nothing is known. */
export function detailFields({ author, details }: DatasetCaption, wanted: readonly ExportDetail[]): Record<string, unknown> {
  const { time, state, rating, errorTypes: types, before } = details
  const all = { author, time, state, rating, error_types: types, before }
  return Object.fromEntries(detailKeys.filter((key) => wanted.includes(key)).map((key) => [key, all[key]]))
}

/** A photo's boxes where they are asked for, as Hugging Face writes objects. */
export function objectsField(
  { boxes }: { boxes: readonly WrittenBox[] },
  wanted: readonly ExportDetail[],
): { objects?: { bbox: unknown[]; categories: string[] } } {
  return wanted.includes('boxes') ? { objects: { bbox: boxes.map(({ box }) => box), categories: boxes.map(({ label }) => label) } } : {}
}
