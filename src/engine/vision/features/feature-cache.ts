/**
 * Features computed once per photo and encoder: float16 records in append-only segments, found by content hash. A folder per key; several
 * processes may read and append at the same time, each appending to a segment of its own.
 */
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { crc32 } from 'node:zlib'
import { writeWholeSync } from '#engine/files/write-whole.ts'
import { AppError } from '#shared/errors.ts'
import { featureKeyName, storedGrid, type FeatureKey } from './feature-key.ts'
import { lockSegment, openSegment, type Segment } from './feature-segment.ts'
import { decodeFloat16, encodeFloat16 } from '#engine/numerics/float16.ts'

export interface FeatureCache {
  readonly key: FeatureKey
  /** tokens × width: the length of one photo's features */
  readonly length: number
  /** photos in the cache */
  readonly size: number
  has(hash: string): boolean
  /** Adds a photo's features, [tokens, width]; nothing happens when they are there already. Durable after `flush`. */
  append(hash: string, features: Float32Array): void
  /** Writes a photo's features into `destination`. Throws AppError `not-found`, or `corrupt` when the record's checksum is wrong. */
  readInto(hash: string, destination: Float32Array): void
  /** The same as half-precision bits, for graphs that take float16. */
  readBitsInto(hash: string, destination: Uint16Array): void
  hashes(): IterableIterator<string>
  flush(): Promise<void>
  close(): Promise<void>
}

interface Place {
  segment: Segment
  slot: number
  crc: number
  checked: boolean
}

const segmentBytes = 512 * 2 ** 20

/** Opens (or begins) the cache of a key inside `folder`. */
export function openFeatureCache(folder: string, key: FeatureKey): FeatureCache {
  const home = join(folder, featureKeyName(key))
  const length = storedGrid(key).tokens * key.width
  const recordBytes = 2 * length
  const slotsPerSegment = Math.max(1, Math.floor(segmentBytes / recordBytes))
  mkdirSync(home, { recursive: true })
  writeKey(home, key)

  const places = new Map<string, Place>()
  const segments: Segment[] = []
  const damage = readDamage(home)
  const take = (segment: Segment): Segment => {
    for (const { hash, slot, crc } of segment.entries) if (!damage.has(recordName(segment, slot))) places.set(hash, { segment, slot, crc, checked: false })
    segments.push(segment)
    return segment
  }
  const names = segmentNames(home)
  for (const name of names) take(openSegment(join(home, name), recordBytes, 'read'))
  let writing: Segment | undefined

  const bits = new Uint16Array(length)
  const bytes = new Uint8Array(bits.buffer)
  const read = (hash: string, destination: Uint8Array): void => {
    const place = places.get(hash)
    if (place === undefined) throw new AppError('not-found', `There are no features of the image ${hash.slice(0, 12)}… in the cache.`)
    place.segment.read(place.slot, destination)
    if (place.checked) return
    // Checked once a process: later reads come from the page cache.
    if (crc32(destination) !== place.crc) {
      places.delete(hash)
      noteDamage(home, recordName(place.segment, place.slot))
      throw new AppError('corrupt', `The cached features of the image ${hash.slice(0, 12)}… are damaged.`, {
        todo: 'They are computed again the next time they are needed.',
      })
    }
    place.checked = true
  }
  const checkLength = (found: number): void => {
    if (found !== length) throw new AppError('internal', `Features of ${found} values do not fit a cache of ${length}.`)
  }

  return {
    key,
    length,
    get size() {
      return places.size
    },
    has: (hash) => places.has(hash),
    append(hash, features) {
      checkLength(features.length)
      if (places.has(hash)) return
      encodeFloat16(features, bits)
      if (writing === undefined || writing.slots >= slotsPerSegment) writing = take(beginAppending(home, recordBytes, slotsPerSegment))
      const { slot, crc } = writing.append(hash, bytes)
      places.set(hash, { segment: writing, slot, crc, checked: true })
    },
    readInto(hash, destination) {
      checkLength(destination.length)
      read(hash, bytes)
      decodeFloat16(bits, destination)
    },
    readBitsInto(hash, destination) {
      checkLength(destination.length)
      read(hash, new Uint8Array(destination.buffer, destination.byteOffset, recordBytes))
    },
    hashes: () => places.keys(),
    async flush() {
      for (const segment of segments) await segment.flush()
    },
    async close() {
      await this.flush()
      for (const segment of segments) segment.close()
      places.clear()
    },
  }
}

/** Damaged records are named in a file, so that every process after this one takes them for absent and computes them again. */
const damageFile = 'damaged'

function recordName(segment: Segment, slot: number): string {
  return `${basename(segment.path)} ${slot}`
}

function readDamage(home: string): Set<string> {
  const path = join(home, damageFile)
  return new Set(existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [])
}

function noteDamage(home: string, record: string): void {
  appendFileSync(join(home, damageFile), `${record}\n`)
}

/** Continues the first segment with room that nobody appends to, or begins a new one. */
function beginAppending(home: string, recordBytes: number, slotsPerSegment: number): Segment {
  for (let number = 0; ; number++) {
    const path = join(home, `segment-${String(number).padStart(4, '0')}`)
    if (!lockSegment(path)) continue
    // The index first: a segment is one when its data file is there.
    if (!existsSync(`${path}.f16`)) {
      writeFileSync(`${path}.index`, '')
      writeFileSync(`${path}.f16`, '')
    }
    const segment = openSegment(path, recordBytes, 'append')
    if (segment.slots < slotsPerSegment) return segment
    segment.close()
  }
}

function segmentNames(home: string): string[] {
  return readdirSync(home)
    .filter((name) => name.endsWith('.f16'))
    .map((name) => name.slice(0, -'.f16'.length))
    .sort()
}

/** `key.json` says to people and to the cache's housekeeping what a folder holds. */
function writeKey(home: string, key: FeatureKey): void {
  const path = join(home, 'key.json')
  const text = `${JSON.stringify(key, null, 2)}\n`
  if (existsSync(path) && readFileSync(path, 'utf8') === text) {
    const now = new Date()
    utimesSync(path, now, now) // when it was last used, for housekeeping
    return
  }
  writeWholeSync(path, text)
}
