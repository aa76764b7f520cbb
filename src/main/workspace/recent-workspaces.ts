/** The workspaces a person opened lately, newest first. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { isSampleFolder } from '#engine/workspace/sample.ts'
import type { WorkspaceInfo } from '#shared/domain.ts'
import { readJsonFile, writeJsonFile } from '../settings/json-file.ts'

const recentSchema = z.array(z.object({ folder: z.string(), name: z.string(), openedAt: z.string() }))
const longest = 12

export interface RecentWorkspaces {
  list(): { folder: string; name: string; openedAt: string; missing: boolean; isSample: boolean }[]
  add(info: WorkspaceInfo): Promise<void>
  forget(folder: string): Promise<void>
}

export async function openRecentWorkspaces(userFolder: string): Promise<RecentWorkspaces> {
  const file = join(userFolder, 'recent-workspaces.json')
  let entries = await readJsonFile(file, recentSchema, [])
  const keep = async (next: typeof entries): Promise<void> => {
    entries = next
    await writeJsonFile(file, next)
  }
  return {
    list: () =>
      entries.map((entry) => ({ ...entry, missing: !existsSync(join(entry.folder, 'workspace.db')), isSample: isSampleFolder(userFolder, entry.folder) })),
    add: ({ folder, name }) =>
      keep([{ folder, name, openedAt: new Date().toISOString() }, ...entries.filter((entry) => entry.folder !== folder)].slice(0, longest)),
    forget: (folder) => keep(entries.filter((entry) => entry.folder !== folder)),
  }
}
