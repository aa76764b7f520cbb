/** A scored set as it is looked at: one model's captions, or two models' over the images that both have; and the images that filters leave of it. */
import type { EvaluationSet, MetricName } from '#shared/domain.ts'
import { assertNever } from '#shared/errors.ts'
import { fittedBit } from '#shared/slices/clusters.ts'
import { alternativesKey, type Measure, type Side, type SliceFilter } from '#shared/slices/filters.ts'
import { scanIds, type IdQuery } from '../storage/id-scans.ts'
import { textQueries } from '../repositories/image-text.ts'
import { prepared, type Database } from '../storage/database.ts'
import { referenceSetOf } from '../scores/image-sets.ts'
import { readClusters } from './clusters/stored-clusters.ts'
import { kindBit, placesOf, postingsOf, readColumns, readHeld, readMetric, type SetColumns } from './columns.ts'

export interface FrameQuery {
  set: EvaluationSet
  metric: MetricName
  modelNumber: number
  /** the model beside it */
  otherNumber: number | null
}

/** One model's columns over the places of the frame. */
export interface FrameSide {
  side: Side
  columns: SetColumns
  /** Its own place → the frame's; null where they are the same. −1: the frame does not have it. */
  placeOf: Int32Array | null
  /** by the frame's places; NaN where there is none */
  scores: Float64Array
}

export interface Frame {
  query: FrameQuery
  images: Int32Array
  /** 1: every side has a score of the metric. */
  counted: Uint8Array
  size: number
  sides: FrameSide[]
  /** What was counted of the whole set, for looks that follow. */
  remembered: Map<string, unknown>
}

interface Kept {
  state: string
  columns: SetColumns
}

const mostKept = 4
const frameOf = new WeakMap<Database, { key: string; columns: SetColumns[]; frame: Frame }>()
const keptOf = new WeakMap<Database, Map<string, Kept>>()

/** Columns of a set, kept until its scores change. Scores go when a caption or a reference does, and measures go with them. */
function* columnsOf(database: Database, modelNumber: number, set: EvaluationSet): Generator<void, SetColumns> {
  const kept = keptOf.get(database) ?? new Map<string, Kept>()
  keptOf.set(database, kept)
  const key = `${modelNumber} ${set}`
  const state = stateOf(database, modelNumber, set)
  const known = kept.get(key)
  const columns = known?.state === state ? known.columns : yield* readColumns(database, modelNumber, set)
  kept.delete(key)
  kept.set(key, { state, columns })
  for (const oldest of kept.keys()) {
    if (kept.size <= mostKept) break
    kept.delete(oldest)
  }
  return columns
}

function stateOf(database: Database, modelNumber: number, set: EvaluationSet): string {
  const one = (sql: string, ...values: (number | string)[]): unknown =>
    prepared<(number | string)[]>(database, sql)
      .pluck()
      .get(...values)
  const evaluation = one('SELECT max(id) FROM evaluation WHERE model_number = ?', modelNumber)
  const metric = one('SELECT metric FROM score WHERE model_number = ? AND reference_set = ? LIMIT 1', modelNumber, referenceSetOf(set))
  const scores = one('SELECT count(*) FROM score WHERE model_number = ? AND reference_set = ? AND metric = ?', modelNumber, referenceSetOf(set), String(metric))
  const splits = set === 'all' || set === 'held-out corrections' ? 0 : one('SELECT count(*) FROM image WHERE split = ?', set)
  return [evaluation, scores, splits].join(' ')
}

/** Reads what a look needs, in steps short enough for slices. Null where the set was scored before captions were measured. */
export function* openFrame(database: Database, query: FrameQuery): Generator<void, Frame | null> {
  const { modelNumber, otherNumber, set, metric } = query
  const columns = yield* columnsOf(database, modelNumber, set)
  const scores = yield* readMetric(database, { modelNumber, set, metric }, columns)
  const { images } = columns
  const others = otherNumber === null ? null : yield* columnsOf(database, otherNumber, set)
  const key = JSON.stringify(query)
  const known = frameOf.get(database)
  if (known?.key === key && known.columns[0] === columns && (known.columns[1] ?? null) === others) return known.frame
  const sides: FrameSide[] = [{ side: 'model', columns, placeOf: null, scores }]
  if (otherNumber !== null && others !== null) {
    const other = others
    const placeOf = sameImages(images, other.images) ? null : alignedPlaces(images, other.images)
    const own = yield* readMetric(database, { modelNumber: otherNumber, set, metric }, other)
    sides.push({ side: 'other', columns: other, placeOf, scores: onFrame(own, placeOf, images.length) })
  }
  if (sides.some((side) => side.columns.images.length === 0)) return null
  const counted = new Uint8Array(images.length)
  let size = 0
  for (let place = 0; place < images.length; place++) {
    if (sides.some((side) => Number.isNaN(side.scores[place]))) continue
    counted[place] = 1
    size++
  }
  const frame: Frame = { query, images, counted, size, sides, remembered: new Map() }
  frameOf.set(database, { key, columns: others === null ? [columns] : [columns, others], frame })
  return frame
}

const sameImages = (a: Int32Array, b: Int32Array): boolean => a.length === b.length && a.every((id, place) => id === b[place])

function alignedPlaces(images: Int32Array, others: Int32Array): Int32Array {
  const places = new Int32Array(others.length).fill(-1)
  let place = 0
  for (let other = 0; other < others.length; other++) {
    while (place < images.length && images[place] < others[other]) place++
    if (images[place] === others[other]) places[other] = place
  }
  return places
}

/** A side's numbers by the places of the frame. */
function onFrame(values: Float64Array, placeOf: Int32Array | null, size: number): Float64Array {
  if (placeOf === null) return values
  const placed = new Float64Array(size).fill(Number.NaN)
  for (let own = 0; own < values.length; own++) if (placeOf[own] !== -1) placed[placeOf[own]] = values[own]
  return placed
}

/** One of a side's measures by the places of the frame. */
export function numbersOf(frame: Frame, { side, columns, placeOf, scores }: FrameSide, measure: Measure): Float64Array {
  if (measure === 'score') return scores
  return rememberedOf(frame, `numbers ${side} ${measure}`, () => onFrame(columns.numbers[measure], placeOf, frame.images.length))
}

/** The frame's place of a side's own; −1 where the frame does not have it. */
export const framePlace = ({ placeOf }: FrameSide, own: number): number => (placeOf === null ? own : placeOf[own])

/** 1 at the places of the images that the filters leave. Filters of one key are alternatives, all others hold together. */
export function* selectImages(database: Database, frame: Frame, filters: readonly SliceFilter[]): Generator<void, Uint8Array> {
  const groups = new Map<string, SliceFilter[]>()
  for (const filter of filters) groups.set(alternativesKey(filter), [...(groups.get(alternativesKey(filter)) ?? []), filter])
  if (filters.some(({ by }) => by === 'reference-word')) yield* readHeld(database, frame.query, frame.sides[0].columns)
  const passed = new Uint8Array(frame.images.length)
  let clause = 0
  for (const alternatives of groups.values()) {
    for (const filter of alternatives) {
      mark(database, frame, filter, (place) => {
        if (place !== -1 && passed[place] === clause) passed[place] = clause + 1
      })
      yield
    }
    clause++
  }
  for (let place = 0; place < passed.length; place++) passed[place] = passed[place] === clause && frame.counted[place] === 1 ? 1 : 0
  return passed
}

/** Tells every place that one filter leaves. */
function mark(database: Database, frame: Frame, filter: SliceFilter, found: (place: number) => void): void {
  const ids = (query: IdQuery): void => {
    for (const place of placesOf(frame.images, scanIds(database, query))) found(place)
  }
  if (filter.by === 'reference-word') {
    const { held } = frame.sides[0].columns
    if (held !== null) postingsOf(held, filter.word).forEach(found)
    return
  }
  if (filter.by === 'text') return marked(database, frame, textQueries(filter.text), found)
  if (filter.by === 'list') return ids({ sql: 'SELECT image_id FROM photo_list_item WHERE list_id = ? ORDER BY image_id', values: [filter.listId] })
  if (filter.by === 'cluster') {
    const { images, places } = readClusters(database, filter.clusteringId) ?? { images: [], places: [] }
    const own = Array.from(images).filter((_, at) => (places[at] & ~fittedBit) === filter.cluster)
    for (const place of placesOf(frame.images, own)) found(place)
    return
  }
  if (filter.by === 'tag') return ids({ sql: 'SELECT image_id FROM tag WHERE name = ? ORDER BY image_id', values: [filter.tag] })
  if (filter.by === 'region') return ids({ sql: 'SELECT DISTINCT image_id FROM region WHERE label = ? ORDER BY image_id', values: [filter.label] })
  if (filter.by === 'shape') return ids({ sql: `SELECT id FROM image WHERE ${shapes[filter.shape]} ORDER BY id`, values: [] })
  const side = frame.sides.find((each) => each.side === filter.side)
  if (side === undefined) return // the other model is not looked at: nothing of it can be left
  const own = (place: number): void => found(framePlace(side, place))
  switch (filter.by) {
    case 'word':
      postingsOf(filter.role === 'said' ? side.columns.said : side.columns.missed, filter.word).forEach(own)
      return
    case 'object':
      postingsOf(filter.role === 'invented' ? side.columns.invented : side.columns.mentioned, filter.object).forEach(own)
      return
    case 'kind': {
      const bit = kindBit(filter.kind)
      const { kinds } = side.columns
      for (let place = 0; place < kinds.length; place++) if ((kinds[place] & bit) !== 0) own(place)
      return
    }
    case 'range': {
      const [from, to] = [filter.from ?? -Infinity, filter.to ?? Infinity]
      const values = numbersOf(frame, side, filter.measure)
      for (let place = 0; place < values.length; place++) if (values[place] >= from && values[place] < to) found(place)
      return
    }
    default:
      return assertNever(filter)
  }
}

/** Tells the places that all of some queries name, in whatever order these give their ids. */
function marked(database: Database, { images }: Frame, queries: readonly IdQuery[], found: (place: number) => void): void {
  const named = queries.map((query) => new Set(scanIds(database, query)))
  for (let place = 0; place < images.length; place++) if (named.every((ids) => ids.has(images[place]))) found(place)
}

/** Photos of a shape; the middle between them is square. */
export const shapes = {
  wide: '4 * width >= 5 * height',
  tall: '4 * height >= 5 * width',
  square: '4 * width < 5 * height AND 4 * height < 5 * width',
  small: 'width * height < 90000',
} as const

/** Counts something of the whole set once; looks through other filters find it there. */
export function rememberedOf<Value>({ remembered }: Frame, name: string, count: () => Value): Value {
  if (!remembered.has(name)) remembered.set(name, count())
  return remembered.get(name) as Value
}
