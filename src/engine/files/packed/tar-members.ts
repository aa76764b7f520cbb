/** The members of a tar file (POSIX ustar and pax, GNU's long names), found by its headers alone: a shard of gigabytes is read at as many places as it has members. */
import type { FileHandle } from 'node:fs/promises'
import { basename } from 'node:path'
import { Header, Pax, type HeaderData } from 'tar'
import { AppError } from '#shared/errors.ts'

export interface Member {
  offset: number
  size: number
}

export interface Members<Place = Member> {
  /** By name, in the order of the file. */
  members: ReadonlyMap<string, Place>
  leftOut: readonly { name: string; reason: string }[]
}

const block = 512
const window = 64 * 1024 // bytes
/** Of a name or of pax fields; more is no tar file that anybody made in earnest. */
const longestName = 1024 * 1024
const mostMembers = 5_000_000

/** @throws AppError `corrupt` for what is no tar file or ends in the middle */
export async function tarMembers(path: string, handle: FileHandle, size: number): Promise<Members> {
  const read = windowed(handle, size)
  const members = new Map<string, Member>()
  const leftOut: { name: string; reason: string }[] = []
  let own: HeaderData | undefined
  let all: HeaderData | undefined
  for (let at = 0; at + block <= size;) {
    const header = parsedHeader(await read(at, block), own, all)
    if (header.nullBlock) break
    if (!header.cksumValid) throw damaged(path, at === 0 ? 'it is no tar file' : `at byte ${at} there is no header of a member`)
    const length = header.size ?? 0
    const offset = at + block
    if (offset + length > size) throw damaged(path, `it ends in the middle of “${header.path ?? ''}”`)
    at = offset + Math.ceil(length / block) * block
    const text = async (): Promise<string> => {
      if (length > longestName) throw damaged(path, 'a name in it is longer than a million letters')
      return (await read(offset, length)).toString('utf8')
    }
    switch (header.type) {
      case 'ExtendedHeader':
        own = Pax.parse(await text(), own, false)
        continue
      case 'GlobalExtendedHeader':
        all = Pax.parse(await text(), all, true)
        continue
      case 'NextFileHasLongPath':
      case 'OldGnuLongPath':
        own = { ...own, path: (await text()).replace(/\0.*$/s, '') }
        continue
      case 'NextFileHasLongLinkpath':
        continue
      case 'File':
      case 'OldFile':
      case 'ContiguousFile': {
        const name = memberName(header.path ?? '')
        if (name === null) leftOut.push({ name: header.path ?? '', reason: 'Its name leads out of the tar file.' })
        else if (members.has(name)) leftOut.push({ name, reason: 'The tar file has an earlier member of this name.' })
        else if (members.size >= mostMembers) throw damaged(path, `it has more than ${mostMembers} members`)
        else members.set(name, { offset, size: length })
        break
      }
      case 'Link':
      case 'SymbolicLink':
        leftOut.push({ name: header.path ?? '', reason: 'It is a link; links in tar files are not followed.' })
        break
      default:
    }
    own = undefined
  }
  return { members, leftOut }
}

function parsedHeader(bytes: Buffer, own: HeaderData | undefined, all: HeaderData | undefined): Header {
  try {
    return new Header(bytes, 0, own, all)
  } catch {
    return new Header() // numbers that are none: no header
  }
}

/** A member's name without `./`; null for one that leads elsewhere. */
function memberName(written: string): string | null {
  const steps = written.split('/').filter((step) => step !== '.' && step !== '')
  return steps.length === 0 || written.startsWith('/') || steps.includes('..') || written.includes('\0') ? null : steps.join('/')
}

/** Reads through a window: headers of small members lie close together. */
function windowed(handle: FileHandle, size: number): (at: number, length: number) => Promise<Buffer> {
  let start = 0
  let held = Buffer.alloc(0)
  return async (at, length) => {
    if (at < start || at + length > start + held.length) {
      const wanted = Math.min(Math.max(length, window), size - at)
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(wanted), 0, wanted, at)
      start = at
      held = buffer.subarray(0, bytesRead)
    }
    return held.subarray(at - start, at - start + length)
  }
}

function damaged(path: string, reason: string): AppError {
  return new AppError('corrupt', `${basename(path)}: ${reason}.`, { kept: 'Nothing was changed.', todo: 'Copy the file again.' })
}
