/** A real workspace in a temporary folder, filled through the same batches that jobs send. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { openReadOnly, type Database } from '#engine/workspace/storage/database.ts'
import type { WorkspaceEvent } from '#engine/workspace/events.ts'
import { openService, type WorkspaceService } from '#engine/workspace/service.ts'
import type { VerbInput, VerbName, VerbResult } from '#shared/api.ts'
import type { ImportedImage } from '#shared/jobs.ts'
import { namedPackages } from './named-packages.ts'
import { temporaryFolder } from './temporary-folder.ts'

export interface TestWorkspace {
  folder: string
  service: WorkspaceService
  /** A second connection that sees what is committed. */
  reader: Database
  events: WorkspaceEvent[]
  /** Somebody else is at the keyboard; at first it is Ada. */
  signIn(author: string): void
  call<Name extends VerbName>(name: Name, input?: VerbInput<Name>): Promise<VerbResult<Name>>
}

/** Opens the workspace in `folder` again, or makes one. */
export async function testWorkspace(folder?: string): Promise<TestWorkspace> {
  const events: WorkspaceEvent[] = []
  let author = 'Ada'
  const place = folder ?? join(temporaryFolder(), 'zoo')
  const service = await openService({
    folder: place,
    ...(folder === undefined ? { create: { name: 'Zoo' } } : {}),
    modelRoots: [join(place, 'shipped')],
    installation: 'a'.repeat(64),
    packages: namedPackages,
    author: () => author,
    onEvent: (event) => void events.push(event),
  })
  const reader = openReadOnly(place)
  onTestFinished(() => {
    reader.close()
    service.close()
  })
  return {
    folder: place,
    service,
    reader,
    events,
    signIn: (name) => {
      author = name
    },
    call: async (name, input) => (await service.handle(name, input)) as VerbResult<typeof name>,
  }
}

export function importedImage(folder: string, number: number, given: Partial<ImportedImage> = {}): ImportedImage {
  const fileName = given.fileName ?? `image${number}.jpg`
  return {
    path: join(folder, fileName),
    fileName,
    sourceId: null,
    contentHash: `hash-${number}`,
    width: 640,
    height: 480,
    split: 'none',
    references: [],
    ...given,
  }
}

/** Commits an import of images 1…count (or of those given) and returns the job's id. */
export async function importImages({ service, folder }: TestWorkspace, images: number | ImportedImage[]): Promise<number> {
  const root = join(folder, 'photos')
  mkdirSync(root, { recursive: true })
  const rows = typeof images === 'number' ? Array.from({ length: images }, (_, i) => importedImage(root, i + 1)) : images
  service.jobs.enqueue('Import', { kind: 'import', source: { kind: 'folder', folder: root, split: 'none' } })
  const jobId = service.jobs.claimNext(['import'])!.job.id
  for (const row of rows) writeFileSync(row.path, row.fileName)
  await service.applyBatch(jobId, { kind: 'import-rows', rows })
  await service.applyBatch(jobId, { kind: 'import-commit', imageRoot: root })
  service.jobs.update(jobId, { state: 'done' })
  return jobId
}

/** Gives each image two candidates of a model: `MODEL says IMAGE well` and `… badly`. */
export async function captionImages({ service }: TestWorkspace, imageIds: readonly number[], modelId = 'base'): Promise<void> {
  await service.applyBatch(1, {
    kind: 'captions',
    rows: imageIds.map((imageId) => ({
      imageId,
      modelId,
      beam: 2,
      candidates: ['well', 'badly'].map((how, rank) => ({
        text: `${modelId} says ${imageId} ${how}`,
        logProbability: -imageId - rank,
        tokenLogProbabilities: [-1, -2, -3, -4],
      })),
    })),
  })
}
