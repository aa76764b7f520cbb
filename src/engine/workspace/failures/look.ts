/** Histograms, words, objects and kinds of a scored set, and of what filters leave of it against the rest. */
import { failureKinds } from '#shared/failures.ts'
import { measures, type Measure, type SliceFilter } from '#shared/slices/filters.ts'
import type { AgainstRest, Bar, FailureLook, Histogram, KindRow, NameRow, SideLook } from '#shared/slices/look.ts'
import { addTo, emptySample, meanDifference, meanInterval, meanOf, shareDifference, without, type Sample } from '#engine/metrics/statistics/intervals.ts'
import type { Database } from '../storage/database.ts'
import type { Postings } from './columns.ts'
import { framePlace, numbersOf, openFrame, rememberedOf, selectImages, type Frame, type FrameQuery, type FrameSide } from './frame.ts'
import { binsOf, binAt } from './histogram-bins.ts'

/** Rows of a table of words or objects. */
const mostNames = 14
/** Fewer images tell nothing of a word. */
const fewestImages = 3
const mostTerms = 4
const wholeLook = 'look'

/** Looks at a set through filters, in steps short enough for slices. */
export function* lookSteps(database: Database, query: FrameQuery, filters: readonly SliceFilter[]): Generator<void, FailureLook> {
  const frame = yield* openFrame(database, query)
  if (frame === null) return { images: 0, selected: 0, measured: false, sides: [], between: null }
  const whole = frame.remembered.get(wholeLook)
  if (filters.length === 0 && whole !== undefined) return whole as FailureLook
  const selected = yield* selectImages(database, frame, filters)
  const sides: SideLook[] = []
  for (const side of frame.sides) sides.push(yield* lookAt(frame, side, selected, filters))
  const between = frame.sides.length < 2 ? null : betweenSides(frame, selected)
  const look = { images: frame.size, selected: selected.reduce((sum, one) => sum + one, 0), measured: true, sides, between }
  if (filters.length === 0) frame.remembered.set(wholeLook, look)
  return look
}

function valuesOf(frame: Frame, measure: Measure): Float64Array[] {
  return frame.sides.map((side) => numbersOf(frame, side, measure))
}

function* lookAt(frame: Frame, side: FrameSide, selected: Uint8Array, filters: readonly SliceFilter[]): Generator<void, SideLook> {
  const histograms: Histogram[] = []
  for (const measure of measures) {
    histograms.push(histogramOf(frame, side, selected, measure))
    yield
  }
  const { columns } = side
  const pinned = (wanted: (filter: SliceFilter) => string | null): Set<string> =>
    new Set(filters.flatMap((filter) => ('side' in filter && filter.side === side.side ? (wanted(filter) ?? []) : [])))
  const words = function* (role: 'missed' | 'said') {
    const kept = pinned((filter) => (filter.by === 'word' && filter.role === role ? filter.word : null))
    const rows = namesOf(frame, side, selected, role, kept)
    yield
    return rows.map((row) => ({ ...row, role }))
  }
  const objects = function* (role: 'invented' | 'mentioned') {
    const kept = pinned((filter) => (filter.by === 'object' && filter.role === role ? filter.object : null))
    const rows = namesOf(frame, side, selected, role, kept)
    const terms = termsOf(side, selected, role === 'invented' ? columns.inventedTerms : columns.mentionedTerms)
    yield
    return rows.map((row) => ({ ...row, role, terms: (terms.get(row.name) ?? []).slice(0, mostTerms) }))
  }
  return {
    side: side.side,
    histograms,
    kinds: kindsOf(frame, side, selected),
    missed: yield* words('missed'),
    said: yield* words('said'),
    invented: yield* objects('invented'),
    mentioned: yield* objects('mentioned'),
  }
}

/** A part of a set by its sums, against all that is not in it. */
export function againstRest(whole: Sample, part: Sample): AgainstRest {
  const rest = without(whole, part)
  const difference = meanDifference(part, rest)
  return {
    images: part.count,
    mean: meanOf(part),
    interval: meanInterval(part),
    rest: meanOf(rest),
    difference: spanOf(difference),
  }
}

interface WholeHistogram {
  edges: Float64Array
  all: Int32Array
  whole: Sample
  /** the bar of each image, 255 where it has none */
  barOf: Uint8Array
}

const noBar = 255

function wholeHistogram({ counted }: Frame, values: Float64Array, edges: Float64Array): WholeHistogram {
  const whole = emptySample()
  const all = new Int32Array(Math.max(1, edges.length - 1))
  const barOf = new Uint8Array(values.length).fill(noBar)
  for (let place = 0; place < values.length; place++) {
    const value = values[place]
    if (counted[place] === 0 || Number.isNaN(value)) continue
    const bar = binAt(edges, value)
    addTo(whole, value)
    all[bar]++
    barOf[place] = bar
  }
  return { edges, all, whole, barOf }
}

function histogramOf(frame: Frame, side: FrameSide, selected: Uint8Array, measure: Measure): Histogram {
  const values = numbersOf(frame, side, measure)
  const { edges, all, whole, barOf } = rememberedOf(frame, `histogram ${side.side} ${measure}`, () => {
    const bins = rememberedOf(frame, `bins ${measure}`, () => binsOf(measure, valuesOf(frame, measure)))
    return wholeHistogram(frame, values, bins)
  })
  const part = emptySample()
  const left = new Int32Array(all.length)
  for (let place = 0; place < values.length; place++) {
    if (selected[place] === 0 || barOf[place] === noBar) continue
    addTo(part, values[place])
    left[barOf[place]]++
  }
  const open = (edge: number): number | null => (Number.isFinite(edge) ? edge : null)
  const bars =
    whole.count === 0 ? [] : Array.from(all, (count, bar): Bar => ({ from: open(edges[bar]), to: open(edges[bar + 1]), all: count, selected: left[bar] }))
  return { measure, bars, ...againstRest(whole, part) }
}

/** The other's score less the model's, image by image. */
function betweenSides({ counted, sides }: Frame, selected: Uint8Array): AgainstRest {
  const [whole, part] = [emptySample(), emptySample()]
  for (let place = 0; place < counted.length; place++) {
    if (counted[place] === 0) continue
    const difference = sides[1].scores[place] - sides[0].scores[place]
    addTo(whole, difference)
    if (selected[place] === 1) addTo(part, difference)
  }
  return againstRest(whole, part)
}

function kindsOf({ counted, size }: Frame, side: FrameSide, selected: Uint8Array): KindRow[] {
  const [all, left] = [new Int32Array(failureKinds.length), new Int32Array(failureKinds.length)]
  let leftSize = 0
  for (let own = 0; own < side.columns.kinds.length; own++) {
    const place = framePlace(side, own)
    if (place === -1 || counted[place] === 0) continue
    const kinds = side.columns.kinds[own]
    leftSize += selected[place]
    for (let bit = 0; kinds >> bit !== 0; bit++) {
      if (((kinds >> bit) & 1) === 0) continue
      all[bit]++
      left[bit] += selected[place]
    }
  }
  return failureKinds.flatMap((kind, bit) => {
    if (all[bit] === 0) return []
    const rest = { hits: all[bit] - left[bit], of: size - leftSize }
    return [
      {
        kind,
        images: left[bit],
        share: leftSize === 0 ? 0 : left[bit] / leftSize,
        rest: rest.of === 0 ? null : rest.hits / rest.of,
        difference: shareDifference({ hits: left[bit], of: leftSize }, rest),
      },
    ]
  })
}

/** Names by how much score they stand for: images left with the name times what these score below the others left. */
function namesOf(
  frame: Frame,
  side: FrameSide,
  selected: Uint8Array,
  list: 'missed' | 'said' | 'invented' | 'mentioned',
  pinned: ReadonlySet<string>,
): NameRow[] {
  const { names, starts, places } = side.columns[list]
  const all = rememberedOf(frame, `names ${side.side} ${list}`, () => countedOf(frame, side, side.columns[list]))
  const whole = emptySample()
  for (let place = 0; place < selected.length; place++) if (selected[place] === 1) addTo(whole, side.scores[place])
  const rows: { row: Omit<NameRow, 'difference'>; sample: Sample; rest: Sample; loss: number }[] = []
  for (let name = 0; name < names.length; name++) {
    const kept = pinned.has(names[name])
    if (all[name] < fewestImages && !kept) continue
    const sample = emptySample()
    for (let at = starts[name]; at < starts[name + 1]; at++) {
      const place = framePlace(side, places[at])
      if (place !== -1 && selected[place] === 1) addTo(sample, side.scores[place])
    }
    // A word that all of them have tells nothing between them; an object still tells what they have in common.
    const everywhere = sample.count === whole.count && (list === 'said' || list === 'missed')
    if ((sample.count < fewestImages || everywhere) && !kept) continue
    const rest = without(whole, sample)
    const loss = rest.count === 0 || sample.count === 0 ? 0 : sample.sum / sample.count - rest.sum / rest.count
    rows.push({ row: { name: names[name], selected: sample.count, all: all[name], score: meanOf(sample) }, sample, rest, loss: loss * sample.count })
  }
  const first = ({ row }: { row: { name: string } }): number => (pinned.has(row.name) ? 0 : 1)
  return rows
    .sort((a, b) => first(a) - first(b) || a.loss - b.loss || (a.row.name < b.row.name ? -1 : 1))
    .slice(0, Math.max(mostNames, pinned.size))
    .map(({ row, sample, rest }) => ({ ...row, difference: spanOf(meanDifference(sample, rest)) }))
}

/** How many images of the frame have each name. */
function countedOf({ counted }: Frame, side: FrameSide, { names, starts, places }: Postings): Int32Array {
  const counts = new Int32Array(names.length)
  for (let name = 0; name < names.length; name++) {
    for (let at = starts[name]; at < starts[name + 1]; at++) {
      const place = framePlace(side, places[at])
      if (place !== -1) counts[name] += counted[place]
    }
  }
  return counts
}

function spanOf(difference: { value: number; low: number; high: number } | null): { value: number; low: number; high: number } | null {
  return difference === null ? null : { value: difference.value, low: difference.low, high: difference.high }
}

function termsOf(side: FrameSide, selected: Uint8Array, { names, starts, places }: Postings): Map<string, { term: string; images: number }[]> {
  const terms = new Map<string, { term: string; images: number }[]>()
  names.forEach((named, index) => {
    let images = 0
    for (let at = starts[index]; at < starts[index + 1]; at++) {
      const place = framePlace(side, places[at])
      if (place !== -1) images += selected[place]
    }
    if (images === 0) return
    const colon = named.indexOf(':')
    const name = named.slice(0, colon)
    terms.set(name, [...(terms.get(name) ?? []), { term: named.slice(colon + 1), images }])
  })
  for (const each of terms.values()) each.sort((a, b) => b.images - a.images)
  return terms
}

/** Ids of the images that filters leave, the lowest score of the first model first; `most` of them. */
export function* selectedSteps(
  database: Database,
  query: FrameQuery,
  { filters, most }: { filters: readonly SliceFilter[]; most: number },
): Generator<void, number[] | null> {
  const frame = yield* openFrame(database, query)
  if (frame === null) return null
  const selected = yield* selectImages(database, frame, filters)
  const [{ scores }] = frame.sides
  const places = Array.from(selected.keys()).filter((place) => selected[place] === 1)
  const limit = places.length <= most ? Infinity : Float64Array.from(places, (place) => scores[place]).sort()[most - 1]
  yield
  return places
    .filter((place) => scores[place] <= limit)
    .sort((a, b) => scores[a] - scores[b] || a - b)
    .slice(0, most)
    .map((place) => frame.images[place])
}
