/** Slices that people keep, and how every model does on their images. */
import type { VerbParsed } from '#shared/api.ts'
import { AppError } from '#shared/errors.ts'
import { sliceFiltersSchema } from '#shared/slices/filters.ts'
import type { Slice, SliceHistory } from '#shared/slices/slices.ts'
import { addTo, emptySample } from '#engine/metrics/statistics/intervals.ts'
import { modelNumber } from '../repositories/models.ts'
import type { ReviewContext } from '../review/review-context.ts'
import type { Database } from '../storage/database.ts'
import { storedJson } from '../storage/stored-json.ts'
import { openFrame, selectImages, type FrameQuery } from './frame.ts'
import { againstRest } from './look.ts'

type StoredSlice = Omit<Slice, 'filters'> & { filters: string }

/** The oldest first. */
export function listSlices(database: Database): Slice[] {
  return database
    .prepare<[], StoredSlice>(
      `SELECT slice.id, slice.name, filters, model.id AS modelId, other.id AS otherId, image_set AS "set", metric, author, slice.created_at AS createdAt
       FROM slice JOIN model ON model.number = slice.model_number LEFT JOIN model AS other ON other.number = slice.other_number ORDER BY slice.id`,
    )
    .all()
    .map((slice) => ({ ...slice, filters: storedJson(sliceFiltersSchema, slice.filters) }))
}

/** @throws AppError `conflict` for a name that is taken, `not-found` for an unknown model */
export function keepSlice({ database, author, time }: ReviewContext, { name, filters, modelId, otherId, set, metric }: VerbParsed<'slices.keep'>): Slice {
  const work = database.transaction(() => {
    if (listSlices(database).some((slice) => slice.name.toLowerCase() === name.toLowerCase())) {
      throw new AppError('conflict', `There is a slice “${name}” already.`, { kept: 'It was not changed.', todo: 'Choose another name.' })
    }
    const other = otherId === null ? null : modelNumber(database, otherId)
    const { lastInsertRowid } = database
      .prepare('INSERT INTO slice (name, filters, model_number, other_number, image_set, metric, author, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
      .run(name, JSON.stringify(filters), modelNumber(database, modelId), other, set, metric, author, time)
    return requireSlice(database, Number(lastInsertRowid))
  })
  return work.immediate()
}

/** Its photos and their scores stay. */
export function removeSlice(database: Database, sliceId: number): void {
  database.prepare('DELETE FROM slice WHERE id = ?').run(sliceId)
}

/** Every model that the slice's set is scored with, on the images that the slice's own filters leave: the same for all of them. */
export function* historySteps(database: Database, sliceId: number): Generator<void, SliceHistory> {
  const slice = requireSlice(database, sliceId)
  const own: FrameQuery = {
    set: slice.set,
    metric: slice.metric,
    modelNumber: modelNumber(database, slice.modelId),
    otherNumber: slice.otherId === null ? null : modelNumber(database, slice.otherId),
  }
  const frame = yield* openFrame(database, own)
  if (frame === null) return { images: 0, of: 0, scores: [] }
  const selected = yield* selectImages(database, frame, slice.filters)
  const { images, size } = frame
  const inside = new Set(images.filter((_, place) => selected[place] === 1))
  const scored = database
    .prepare<[string], { id: string; number: number }>(
      'SELECT id, number FROM model WHERE number IN (SELECT model_number FROM evaluation WHERE image_set = ?) ORDER BY created_at, number',
    )
    .all(slice.set)
  const scores: SliceHistory['scores'] = []
  for (const { id, number } of scored) {
    const of = yield* openFrame(database, { ...own, modelNumber: number, otherNumber: null })
    if (of === null) continue
    const [whole, part] = [emptySample(), emptySample()]
    const [{ scores: values }] = of.sides
    for (let place = 0; place < values.length; place++) {
      if (of.counted[place] === 0) continue
      addTo(whole, values[place])
      if (inside.has(of.images[place])) addTo(part, values[place])
    }
    scores.push({ modelId: id, ...againstRest(whole, part) })
    yield
  }
  return { images: inside.size, of: size, scores }
}

/** @throws AppError `not-found` */
function requireSlice(database: Database, sliceId: number): Slice {
  const slice = listSlices(database).find(({ id }) => id === sliceId)
  if (slice === undefined) throw new AppError('not-found', 'That slice is no longer there.', { kept: 'Its photos are.', todo: 'Choose another slice.' })
  return slice
}
