/** The workspaces a person opened lately, newest first. */
import { join } from 'node:path'
import { z } from 'zod'
import { isThere } from '#engine/files/is-there.ts'
import { isSampleFolder } from '#engine/workspace/sample.ts'
import { placeSchema, type Place, type WorkspaceInfo } from '#shared/domain.ts'
import { readJsonFile, writeJsonFile } from '../settings/json-file.ts'

const recentSchema = z.array(z.object({ folder: z.string(), name: z.string(), openedAt: z.string(), place: placeSchema.nullable().catch(null).default(null) }))
const longest = 12

export interface RecentWorkspaces {
  /** Those of a disk that does not answer are missing. */
  list(): Promise<{ folder: string; name: string; openedAt: string; missing: boolean; isSample: boolean }[]>
  add(info: WorkspaceInfo): Promise<void>
  forget(folder: string): Promise<void>
  /** Where the person was in it; null where that is not known. */
  place(folder: string): Place | null
  keepPlace(folder: string, place: Place): Promise<void>
}

export async function openRecentWorkspaces(userFolder: string): Promise<RecentWorkspaces> {
  const file = join(userFolder, 'recent-workspaces.json')
  let entries = await readJsonFile(file, recentSchema, [])
  let writing = Promise.resolve()
  const keep = (next: typeof entries): Promise<void> => {
    entries = next
    const written = writing.then(() => writeJsonFile(file, next))
    writing = written.catch(() => undefined)
    return written
  }
  const placeOf = (folder: string): Place | null => entries.find((entry) => entry.folder === folder)?.place ?? null
  return {
    async list() {
      const told: Awaited<ReturnType<RecentWorkspaces['list']>> = []
      // One after the other: each that does not answer keeps one of few threads.
      for (const { place: _place, ...entry } of entries)
        told.push({ ...entry, missing: !(await isThere(join(entry.folder, 'workspace.db'))), isSample: isSampleFolder(userFolder, entry.folder) })
      return told
    },
    add: ({ folder, name }) => {
      const place = placeOf(folder)
      return keep([{ folder, name, openedAt: new Date().toISOString(), place }, ...entries.filter((entry) => entry.folder !== folder)].slice(0, longest))
    },
    place: placeOf,
    keepPlace: (folder, place) => keep(entries.map((entry) => (entry.folder === folder ? { ...entry, place } : entry))),
    forget: (folder) => keep(entries.filter((entry) => entry.folder !== folder)),
  }
}
