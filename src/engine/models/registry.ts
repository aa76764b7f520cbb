/** The model packages of several folders. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { within } from '#engine/files/deadline.ts'
import { toReport } from '#shared/errors.ts'
import { behindItsNamesake, type LeftOutModel } from '#shared/left-out-model.ts'
import type { ModelManifest } from './manifest.ts'
import { readManifest } from './model-package.ts'
import { manifestAnswersWithin } from '#engine/files/package-limits.ts'

export interface ListedModel {
  folder: string
  manifest: ModelManifest
}

export interface ModelListing {
  models: ListedModel[]
  /** Packages that cannot be used, or that another of their id comes before, and why. */
  problems: LeftOutModel[]
}

/** All packages directly inside the roots. Of packages with one id, the one of the earlier root counts. */
export async function listModels(roots: readonly string[]): Promise<ModelListing> {
  const models = new Map<string, ListedModel>()
  const problems: ModelListing['problems'] = []
  for (const root of roots) {
    for (const folder of await packageFolders(root)) {
      try {
        const manifest = await within(manifestAnswersWithin, `The model package ${folder}`, readManifest(folder))
        const first = models.get(manifest.id)
        if (first === undefined) models.set(manifest.id, { folder, manifest })
        else problems.push({ folder, report: behindItsNamesake(folder, manifest.id, first.folder) })
      } catch (error) {
        const report = toReport(error)
        if (report.code !== 'not-found') problems.push({ folder, report })
      }
    }
  }
  return { models: [...models.values()], problems }
}

async function packageFolders(root: string): Promise<string[]> {
  const entries = await readdir(root, { withFileTypes: true }).catch((error: unknown) => {
    if (toReport(error).code === 'not-found') return []
    throw error
  })
  return entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).map((entry) => join(root, entry.name)).sort()
}
