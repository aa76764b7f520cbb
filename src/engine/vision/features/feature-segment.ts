/**
 * One segment of a feature cache: `<name>.f16`, records of one size after another, and `<name>.index`, which names them. An index entry is
 * written only after its record is on the disk, so whatever a killed process leaves behind is a tail that no entry names. One process at a
 * time appends to a segment (`<name>.lock` holds its process id); any number read it.
 */
import { closeSync, fdatasync, fstatSync, ftruncateSync, openSync, readFileSync, readSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { promisify } from 'node:util'
import { crc32 } from 'node:zlib'

const synchronise = promisify(fdatasync)

/** hash (32 bytes), slot, record's CRC-32, CRC-32 of these 40 bytes */
const entrySize = 44

export interface SegmentEntry {
  hash: string
  slot: number
  crc: number
}

export interface Segment {
  /** without its files' endings */
  readonly path: string
  /** what the index names now, oldest first */
  entries: SegmentEntry[]
  /** the number of slots in use, pending ones included */
  readonly slots: number
  /** Writes a record behind the last one; its entry becomes durable with the next `flush`. */
  append(hash: string, record: Uint8Array): SegmentEntry
  /** Reads a record's bytes into `destination`. */
  read(slot: number, destination: Uint8Array): void
  flush(): Promise<void>
  close(): void
}

/** Takes the right to append to the segment `path`, or says no: another living process has it. */
export function lockSegment(path: string): boolean {
  const lock = `${path}.lock`
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  return holderOf(lock) === undefined && clearStaleLock(lock) && lockSegment(path)
}

/** Whether a living process may append to the segment `path`. */
export function segmentIsHeld(path: string): boolean {
  return holderOf(`${path}.lock`) !== undefined
}

/** The living process that holds a lock, if there is one. */
function holderOf(lock: string): number | undefined {
  try {
    const processId = Number(readFileSync(lock, 'utf8'))
    return isAlive(processId) ? processId : undefined
  } catch {
    return undefined // released in the meantime
  }
}

/** Removes a dead process's lock. Renaming first: of several processes that try, one gets it, and sees whether it is still the dead one's. */
function clearStaleLock(lock: string): boolean {
  const claimed = `${lock}.${process.pid}`
  try {
    renameSync(lock, claimed)
  } catch {
    return true // another process was quicker; try again
  }
  if (holderOf(claimed) !== undefined) {
    renameSync(claimed, lock)
    return false
  }
  rmSync(claimed)
  return true
}

function isAlive(processId: number): boolean {
  if (!Number.isInteger(processId) || processId <= 0) return false
  try {
    process.kill(processId, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Opens a segment; a writer must hold its lock, and cuts off what a killed predecessor left unnamed. */
export function openSegment(path: string, recordBytes: number, mode: 'read' | 'append'): Segment {
  const flag = mode === 'append' ? 'a+' : 'r'
  const index = openSync(`${path}.index`, flag)
  const data = openSync(`${path}.f16`, mode === 'append' ? 'r+' : 'r')
  const entries = readEntries(index, Math.floor(fstatSync(data).size / recordBytes))
  let slots = entries.length
  if (mode === 'append') {
    ftruncateSync(index, entries.length * entrySize)
    ftruncateSync(data, entries.length * recordBytes)
  }
  let pending: SegmentEntry[] = []
  return {
    path,
    entries,
    get slots() {
      return slots
    },
    append(hash, record) {
      const entry = { hash, slot: slots, crc: crc32(record) }
      writeFully(data, record, slots * recordBytes)
      slots++
      pending.push(entry)
      return entry
    },
    read(slot, destination) {
      readFully(data, destination, slot * recordBytes)
    },
    async flush() {
      if (pending.length === 0) return
      const written = pending
      pending = []
      await synchronise(data)
      writeFully(index, Buffer.concat(written.map(formatEntry)), null)
      await synchronise(index)
      entries.push(...written)
    },
    close() {
      closeSync(index)
      closeSync(data)
      if (mode === 'append') rmSync(`${path}.lock`, { force: true })
    },
  }
}

/** The index's entries up to the first that is cut short, damaged or without a record. */
function readEntries(index: number, records: number): SegmentEntry[] {
  const bytes = Buffer.alloc(fstatSync(index).size)
  readFully(index, bytes, 0)
  const entries: SegmentEntry[] = []
  for (let at = 0; at + entrySize <= bytes.length; at += entrySize) {
    const slot = bytes.readUInt32LE(at + 32)
    if (crc32(bytes.subarray(at, at + 40)) !== bytes.readUInt32LE(at + 40) || slot !== entries.length || slot >= records) break
    entries.push({ hash: bytes.toString('hex', at, at + 32), slot, crc: bytes.readUInt32LE(at + 36) })
  }
  return entries
}

function formatEntry(entry: SegmentEntry): Buffer {
  const bytes = Buffer.alloc(entrySize)
  bytes.write(entry.hash, 0, 'hex')
  bytes.writeUInt32LE(entry.slot, 32)
  bytes.writeUInt32LE(entry.crc, 36)
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 40)), 40)
  return bytes
}

function writeFully(file: number, bytes: Uint8Array, position: number | null): void {
  for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done, bytes.length - done, position === null ? null : position + done)
}

function readFully(file: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length;) {
    const count = readSync(file, bytes, done, bytes.length - done, position + done)
    if (count === 0) throw new Error('the file ends before the record does')
    done += count
  }
}
