/** What a write that was killed left beside its place: named so that the next start knows it, and knows that nobody is at it any more. */
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

export interface PartialNames {
  /** Where the new one is made. */
  partial: string
  /** Where a folder that is replaced waits until the new one is in its place. */
  former: string
  /** To be called when neither is there any more. */
  done(): void
}

/** The writes of this process that are under way: its number alone does not tell them from those of an earlier process with the same one. */
const underWay = new Set<string>()

/** Hidden names beside a place for one write to it. They carry the process that writes. */
export function partialNames(place: string): PartialNames {
  const id = `${process.pid}-${randomUUID()}`
  underWay.add(id)
  const beside = (ending: string): string => join(dirname(place), `.${basename(place)}.${id}${ending}`)
  return { partial: beside('.partial'), former: beside('.former.partial'), done: () => void underWay.delete(id) }
}

/** SQLite's backup keeps a journal beside its copy. */
const leftoverName = /^\.(.+)\.((\d+)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(\.former)?\.partial(?:-journal)?$/

/**
 * Removes what killed writes left in a folder, all or those to one `place`. What went aside for a folder that never came is put back. Writes that are under
 * way, of this process or another one, are left alone.
 */
export async function removeLeftovers(folder: string, place?: string): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  for (const name of names) {
    const [, of = '', id = '', writer, former] = leftoverName.exec(name) ?? []
    if (of === '' || (place !== undefined && of !== basename(place)) || isUnderWay(id, Number(writer))) continue
    if (former !== undefined && !existsSync(join(folder, of))) await rename(join(folder, name), join(folder, of))
    else await rm(join(folder, name), { recursive: true, force: true })
  }
}

/** The same in a folder and in the folders in it, down to `depth`; links are not followed. */
export async function removeLeftoversBelow(folder: string, depth: number): Promise<void> {
  await removeLeftovers(folder)
  if (depth === 0) return
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  for (const entry of entries) if (entry.isDirectory()) await removeLeftoversBelow(join(folder, entry.name), depth - 1)
}

function isUnderWay(id: string, writer: number): boolean {
  if (writer === process.pid) return underWay.has(id)
  try {
    process.kill(writer, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' // somebody else's
  }
}
