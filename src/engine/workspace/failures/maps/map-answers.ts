/** The answers to the verbs about maps of a scored set: the points, what colours them, and which of them filters leave. */
import type { Answers, VerbParsed } from '#shared/api.ts'
import { AppError } from '#shared/errors.ts'
import { failureKinds } from '#shared/failures.ts'
import { mostNames, noName, otherName, type MapColour, type MapStanding, type MapValues } from '#shared/slices/maps.ts'
import { getModel, modelNumber } from '../../repositories/models.ts'
import { inSlices } from '../../slices.ts'
import { prepared, type Database } from '../../storage/database.ts'
import type { JobQueue } from '../../job-queue.ts'
import { placesOf } from '../columns.ts'
import { framePlace, numbersOf, openFrame, rememberedOf, selectImages, type Frame, type FrameQuery } from '../frame.ts'
import { mapState } from './mapped-images.ts'
import { readMap, type MapPlace, type StoredMap } from './stored-maps.ts'

type MapVerb = 'maps.open' | 'maps.standing' | 'maps.start' | 'maps.colours' | 'maps.left'
type Asked = VerbParsed<'maps.left'>

/** One function for each verb. */
export function mapAnswers(database: Database, jobs: JobQueue, queryOf: (asked: Asked) => FrameQuery): Pick<Answers<'workspace'>, MapVerb> {
  return {
    'maps.open': (place) => readMap(database, place),
    'maps.standing': (place) => inSlices(standingSteps(database, place)),
    'maps.start': (input) => {
      if (input.basis === 'photos' && input.encoderId === null)
        throw new AppError('bad-input', 'A map of photos needs an encoder that sees them.', { kept: 'Nothing was begun.', todo: 'Choose an encoder.' })
      return jobs.enqueue(`Map the ${input.basis} of ${getModel(database, input.modelId).name} on ${input.set}`, { kind: 'map', ...input })
    },
    'maps.colours': ({ colour, ...asked }) => inSlices(colourSteps(database, queryOf(asked), asked, colour)),
    'maps.left': (asked) => inSlices(leftSteps(database, queryOf(asked), asked)),
  }
}

function* standingSteps(database: Database, place: MapPlace): Generator<void, MapStanding | null> {
  const map = readMap(database, place)
  if (map === null) return null
  const { digest, images } = yield* mapState(database, { modelNumber: modelNumber(database, place.modelId), set: place.set }, place.basis)
  return { current: map.state === digest, lacking: Math.max(0, images - map.images.length) }
}

/** The frame's place of each point; −1 where the frame lacks its image. */
function onFrame({ images }: StoredMap, frame: Frame): Int32Array {
  const places = new Int32Array(images.length).fill(-1)
  let place = 0
  for (let at = 0; at < images.length; at++) {
    while (place < frame.images.length && frame.images[place] < images[at]) place++
    if (frame.images[place] === images[at]) places[at] = place
  }
  return places
}

/** @throws AppError `not-found` */
function requireMap(database: Database, place: MapPlace): StoredMap {
  const map = readMap(database, place)
  if (map === null) throw new AppError('not-found', 'This map is no longer there.', { kept: 'Photos and scores are.', todo: 'Compute it again.' })
  return map
}

function* leftSteps(database: Database, query: FrameQuery, asked: Asked): Generator<void, Uint8Array> {
  const map = requireMap(database, asked)
  const frame = yield* openFrame(database, query)
  if (frame === null) return new Uint8Array(map.images.length)
  const selected = yield* selectImages(database, frame, asked.filters)
  return Uint8Array.from(onFrame(map, frame), (place) => (place === -1 ? 0 : selected[place]))
}

function* colourSteps(database: Database, query: FrameQuery, place: MapPlace, colour: MapColour): Generator<void, MapValues> {
  const map = requireMap(database, place)
  const frame = yield* openFrame(database, query)
  const unknown = (): MapValues => ({ kind: 'numbers', values: new Float32Array(map.images.length).fill(Number.NaN) })
  if (frame === null) return unknown()
  const places = onFrame(map, frame)
  const numbers = (values: (place: number) => number): MapValues => ({
    kind: 'numbers',
    values: Float32Array.from(places, (at) => (at === -1 ? Number.NaN : values(at))),
  })
  switch (colour.by) {
    case 'measure': {
      const side = frame.sides.find((each) => each.side === colour.side)
      if (side === undefined) return unknown()
      const values = numbersOf(frame, side, colour.measure)
      return numbers((at) => values[at])
    }
    case 'difference': {
      const [one, other] = frame.sides
      return other === undefined ? unknown() : numbers((at) => other.scores[at] - one.scores[at])
    }
    case 'kind':
      return named(
        places,
        rememberedOf(frame, 'places of kinds', () => kindPlaces(frame)),
      )
    case 'tag':
      return named(places, tagPlaces(database, frame))
  }
}

function kindPlaces(frame: Frame): Map<string, number[]> {
  const [side] = frame.sides
  const found = new Map<string, number[]>(failureKinds.map((kind) => [kind, []]))
  side.columns.kinds.forEach((kinds, own) => {
    failureKinds.forEach((kind, bit) => {
      if (((kinds >> bit) & 1) === 1) found.get(kind)?.push(framePlace(side, own))
    })
  })
  return found
}

function tagPlaces(database: Database, frame: Frame): Map<string, number[]> {
  const ids = new Map<string, number[]>()
  for (const [name, imageId] of prepared<[], [string, number]>(database, 'SELECT name, image_id FROM tag ORDER BY image_id').raw().iterate()) {
    const known = ids.get(name)
    if (known === undefined) ids.set(name, [imageId])
    else known.push(imageId)
  }
  return new Map([...ids].map(([name, imageIds]) => [name, [...placesOf(frame.images, imageIds)]]))
}

/** One name a point: of several the rarest, which tells most. The commonest names keep their own, all others are one. */
function named(points: Int32Array, placesOfNames: ReadonlyMap<string, readonly number[]>): MapValues {
  const byCount = [...placesOfNames].filter(([, places]) => places.length > 0).sort(([a, one], [b, other]) => other.length - one.length || (a < b ? -1 : 1))
  const own = byCount.slice(0, mostNames)
  const others = byCount.slice(mostNames)
  const names = [...own.map(([name]) => name), ...(others.length > 0 ? [otherName] : [])]
  const nameOf = new Map<number, number>()
  for (const [, places] of others) for (const place of places) nameOf.set(place, mostNames)
  own.forEach(([, places], name) => {
    for (const place of places) nameOf.set(place, name)
  })
  return { kind: 'names', names, of: Uint8Array.from(points, (place) => nameOf.get(place) ?? noName) }
}
