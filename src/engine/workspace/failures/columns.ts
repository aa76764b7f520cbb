/**
 * A scored set as columns in memory: one number an image for each measure, and for each word or object the images that have it. With these every
 * question of Failures is one pass over numbers; SQL would read the same rows again for each histogram.
 */
import { failureKinds, type FailureKind } from '#shared/failures.ts'
import type { EvaluationSet, MetricName } from '#shared/domain.ts'
import type { Measure } from '#shared/slices/filters.ts'
import { referenceSetOf } from '../scores/image-sets.ts'
import { prepared, type Database } from '../storage/database.ts'
import { heldRows, measureRows, type MeasureRow } from './caption-measures.ts'

/** For each name the places of the images that have it. */
export interface Postings {
  names: string[]
  /** The places of name n are `places[starts[n]]` up to `places[starts[n + 1]]`, rising. */
  starts: Int32Array
  places: Int32Array
}

/** `NaN`: not known of this image. A place is an index into `images`. */
export interface SetColumns {
  /** ids, rising */
  images: Int32Array
  numbers: Record<Exclude<Measure, 'score'>, Float64Array>
  said: Postings
  missed: Postings
  /** of any reference; read when it is asked for */
  held: Postings | null
  mentioned: Postings
  invented: Postings
  /** `class:term` of what is mentioned, and of what is invented */
  mentionedTerms: Postings
  inventedTerms: Postings
  /** bit k: shows the k-th kind of failure */
  kinds: Uint16Array
  scores: Map<MetricName, Float64Array>
}

const rowsPerStep = 1000

class PostingsBuilder {
  readonly #ids = new Map<string, number>()
  readonly #names: string[] = []
  #nameIds = new Int32Array(1024)
  #places = new Int32Array(1024)
  #length = 0

  add(name: string, place: number): void {
    let id = this.#ids.get(name)
    if (id === undefined) {
      id = this.#names.push(name) - 1
      this.#ids.set(name, id)
    }
    if (this.#length === this.#places.length) {
      const [names, places] = [new Int32Array(2 * this.#length), new Int32Array(2 * this.#length)]
      names.set(this.#nameIds)
      places.set(this.#places)
      this.#nameIds = names
      this.#places = places
    }
    this.#nameIds[this.#length] = id
    this.#places[this.#length++] = place
  }

  build(): Postings {
    const starts = new Int32Array(this.#names.length + 1)
    for (let at = 0; at < this.#length; at++) starts[this.#nameIds[at] + 1]++
    for (let name = 0; name < this.#names.length; name++) starts[name + 1] += starts[name]
    const next = starts.slice()
    const places = new Int32Array(this.#length)
    for (let at = 0; at < this.#length; at++) places[next[this.#nameIds[at]]++] = this.#places[at]
    return { names: this.#names, starts, places }
  }
}

/** Reads a set in steps short enough for slices. */
export function* readColumns(database: Database, modelNumber: number, set: EvaluationSet): Generator<void, SetColumns> {
  const images: number[] = []
  const numbers = { words: [], brevity: [], 'log-probability': [], invented: [], 'rare-missed': [], agreement: [] } as Record<
    Exclude<Measure, 'score'>,
    number[]
  >
  const lists = ['said', 'missed', 'mentioned', 'invented', 'mentionedTerms', 'inventedTerms'] as const
  const builders = Object.fromEntries(lists.map((name) => [name, new PostingsBuilder()])) as Record<(typeof lists)[number], PostingsBuilder>
  for (let after = 0; ;) {
    const rows = measureRows(database, { modelNumber, set, after, most: rowsPerStep })
    for (const row of rows) addRow(row, images, numbers, builders)
    yield
    if (rows.length < rowsPerStep) break
    after = rows[rows.length - 1][0]
  }
  const columns = {
    images: Int32Array.from(images),
    numbers: Object.fromEntries(Object.entries(numbers).map(([name, values]) => [name, Float64Array.from(values)])) as SetColumns['numbers'],
    ...(Object.fromEntries(lists.map((name) => [name, builders[name].build()])) as Record<(typeof lists)[number], Postings>),
    held: null,
    kinds: new Uint16Array(images.length),
    scores: new Map<MetricName, Float64Array>(),
  }
  yield
  yield* readKinds(database, { modelNumber, set }, columns)
  return columns
}

function addRow(
  [imageId, logProbability, words, brevity, rareMissed, agreement, said, missed, objects]: MeasureRow,
  images: number[],
  numbers: Record<Exclude<Measure, 'score'>, number[]>,
  builders: Record<'said' | 'missed' | 'mentioned' | 'invented' | 'mentionedTerms' | 'inventedTerms', PostingsBuilder>,
): void {
  const place = images.push(imageId) - 1
  if (said !== '') for (const word of said.split(' ')) builders.said.add(word, place)
  if (missed !== '') for (const word of missed.split(' ')) builders.missed.add(word, place)
  const invented = new Set<string>()
  for (const object of objects === '' ? [] : new Set(objects.split('\t'))) {
    const wrong = object.startsWith('!')
    const term = wrong ? object.slice(1) : object
    const name = term.slice(0, term.indexOf(':'))
    builders.mentionedTerms.add(term, place)
    if (wrong) builders.inventedTerms.add(term, place)
    if (wrong) invented.add(name)
  }
  const named = objects === '' ? [] : objects.split('\t').map((object) => object.slice(object.startsWith('!') ? 1 : 0, object.indexOf(':')))
  for (const name of new Set(named)) builders.mentioned.add(name, place)
  for (const name of invented) builders.invented.add(name, place)
  numbers.words.push(words)
  numbers.brevity.push(brevity ?? Number.NaN)
  numbers['log-probability'].push(logProbability ?? Number.NaN)
  numbers.invented.push(invented.size)
  numbers['rare-missed'].push(rareMissed ?? Number.NaN)
  numbers.agreement.push(agreement ?? Number.NaN)
}

/** The words of the references of the columns' images, read once. */
export function* readHeld(
  database: Database,
  { modelNumber, set }: { modelNumber: number; set: EvaluationSet },
  columns: SetColumns,
): Generator<void, Postings> {
  if (columns.held !== null) return columns.held
  const builder = new PostingsBuilder()
  let place = 0
  for (let after = 0; ;) {
    const rows = heldRows(database, { modelNumber, set, after, most: rowsPerStep })
    for (const [imageId, held] of rows) {
      while (place < columns.images.length && columns.images[place] < imageId) place++
      if (columns.images[place] === imageId && held !== '') for (const word of held.split(' ')) builder.add(word, place)
    }
    yield
    if (rows.length < rowsPerStep) break
    after = rows[rows.length - 1][0]
  }
  columns.held = builder.build()
  return columns.held
}

function* readKinds(database: Database, { modelNumber, set }: { modelNumber: number; set: EvaluationSet }, columns: SetColumns): Generator<void, void> {
  for (const [bit, kind] of failureKinds.entries()) {
    const ids = prepared<[number, string, string], number>(
      database,
      'SELECT image_id FROM failure WHERE model_number = ? AND reference_set = ? AND kind = ? ORDER BY image_id',
    )
      .pluck()
      .all(modelNumber, referenceSetOf(set), kind)
    for (const place of placesOf(columns.images, ids)) columns.kinds[place] |= 1 << bit
    yield
  }
}

/** The places of some ids (rising) among the images; those that are none of them are passed by. */
export function* placesOf(images: Int32Array, ids: Iterable<number>): Generator<number, void> {
  let place = 0
  for (const id of ids) {
    while (place < images.length && images[place] < id) place++
    if (images[place] === id) yield place
  }
}

/** Reads a metric's scores of the columns' images, once. */
export function* readMetric(
  database: Database,
  { modelNumber, set, metric }: { modelNumber: number; set: EvaluationSet; metric: MetricName },
  columns: SetColumns,
): Generator<void, Float64Array> {
  const known = columns.scores.get(metric)
  if (known !== undefined) return known
  const values = new Float64Array(columns.images.length).fill(Number.NaN)
  let place = 0
  for (let after = 0; ;) {
    const rows = prepared<[number, string, string, number], [imageId: number, value: number]>(
      database,
      'SELECT image_id, value FROM score WHERE model_number = ? AND reference_set = ? AND metric = ? AND image_id > ? ORDER BY image_id LIMIT 5000',
    )
      .raw()
      .all(modelNumber, referenceSetOf(set), metric, after)
    for (const [imageId, value] of rows) {
      while (place < columns.images.length && columns.images[place] < imageId) place++
      if (columns.images[place] === imageId) values[place] = value
    }
    yield
    if (rows.length < 5000) break
    after = rows[rows.length - 1][0]
  }
  columns.scores.set(metric, values)
  return values
}

/** Does the image show this kind of failure? */
export const kindBit = (kind: FailureKind): number => 1 << failureKinds.indexOf(kind)

/** The places of a name's images; none where nobody has it. */
export function postingsOf({ names, starts, places }: Postings, name: string): Int32Array {
  const at = names.indexOf(name)
  return at === -1 ? new Int32Array(0) : places.subarray(starts[at], starts[at + 1])
}
