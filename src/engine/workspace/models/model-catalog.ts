/** Which models there are: packages in the model roots, brought into the workspace's tables when it is opened. */
import { existsSync } from 'node:fs'
import { cp, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { placeFolder } from '#engine/files/write-whole.ts'
import type { Evaluation, ModelSource, ModelSummary } from '#shared/domain.ts'
import { AppError, fromReport } from '#shared/errors.ts'
import { behindItsNamesake, type LeftOutModel } from '#shared/left-out-model.ts'
import type { DocumentFrequency } from '#engine/metrics/document-frequency.ts'
import type { Database } from '../storage/database.ts'
import { storeDocumentFrequency } from '../repositories/document-frequencies.ts'
import { hasDocumentFrequency, latestEvaluations, listModels, promotedModel, promoteModel, registerModel, type ModelRecord } from '../repositories/models.ts'

/** What the workspace must know of a model package; how a package is read is the opener's business. */
export interface PackageInfo {
  id: string
  name: string
  architecture: string
  parameters: number
  encoderId: string
  parentId: string | null
  createdAt: string
}

export interface PackageReader {
  /** @throws AppError where the folder holds no sound package */
  read(folder: string): Promise<PackageInfo>
  /** The document-frequency table that the model's scores use. */
  documentFrequency(folder: string): Promise<DocumentFrequency>
  /** The package folders directly below a root, damaged ones too; none where the root is missing. */
  list(root: string): Promise<string[]>
}

export interface PackagePlace {
  folder: string
  origin: Extract<ModelSource, { kind: 'package' }>['origin']
  parentId?: string | null
  snapshotId?: number | null
}

/** Reads a package and enters it in the model table, with its document-frequency table. Returns its id. @throws what the reader throws */
export async function registerPackage(database: Database, packages: PackageReader, place: PackagePlace, time: string): Promise<string> {
  const { id, name, architecture, parameters, encoderId, parentId, createdAt } = await packages.read(place.folder)
  const table = hasDocumentFrequency(database, id) ? null : await packages.documentFrequency(place.folder)
  const work = database.transaction(() => {
    registerModel(database, {
      id,
      name,
      source: { kind: 'package', architecture, parameters, encoderId, origin: place.origin },
      parentId: place.parentId ?? parentId,
      snapshotId: place.snapshotId ?? null,
      folder: place.folder,
      documentFrequencyNumber: table === null ? null : storeDocumentFrequency(database, table, time),
      createdAt,
    })
  })
  work.immediate()
  return id
}

/**
 * Brings the packages of all roots into the model table, those of earlier roots first: of two with one id the earlier counts. Damaged packages and
 * those that stand back are left out; the rest of the workspace opens. Returns what was left out.
 */
export async function registerPackages(
  database: Database,
  packages: PackageReader,
  roots: readonly { root: string; origin: PackagePlace['origin'] }[],
  time: string,
): Promise<LeftOutModel[]> {
  const folders = new Map<string, string>()
  const leftOut: LeftOutModel[] = []
  for (const { root, origin } of roots) {
    for (const folder of await packages.list(root)) {
      try {
        const { id } = await packages.read(folder)
        const first = folders.get(id)
        if (first !== undefined) throw fromReport(behindItsNamesake(folder, id, first))
        await registerPackage(database, packages, { folder, origin }, time)
        folders.set(id, folder)
      } catch (error) {
        if (!(error instanceof AppError)) throw error
        leftOut.push({ folder, report: error.report() })
      }
    }
  }
  return leftOut
}

/** Copies a package into the workspace and enters it. The original stays where it is. @throws AppError `conflict` for an id that is there */
export async function copyPackage(
  database: Database,
  packages: PackageReader,
  { folder, modelsFolder }: { folder: string; modelsFolder: string },
  time: string,
): Promise<string> {
  const { id } = await packages.read(folder)
  if (listModels(database).some((model) => model.id === id)) {
    throw new AppError('conflict', `The workspace has a model “${id}” already.`, { kept: 'It was not changed.', todo: 'Add a model of another id.' })
  }
  const place = join(modelsFolder, id)
  await placeFolder(
    place,
    async (partial) => {
      await cp(folder, partial, { recursive: true })
      await packages.documentFrequency(partial)
    },
    { replace: false },
  )
  return registerPackage(database, packages, { folder: place, origin: 'imported' }, time)
}

/** Promotes the first shipped model where none is promoted yet. */
export function promoteDefault(database: Database, time: string): void {
  if (promotedModel(database) !== null) return
  const models = listModels(database).flatMap(({ id, source }) => (source.kind === 'package' ? [{ id, origin: source.origin }] : []))
  const first = models.find(({ origin }) => origin === 'shipped') ?? models.at(0)
  if (first) promoteModel(database, first.id, 'Capstan', time)
}

/** What a model says of itself: its package's card; of captions alone, where they are from. */
export async function modelCard({ name, source, folder }: ModelRecord): Promise<string> {
  if (source.kind === 'package') return readFile(join(folder, 'README.md'), 'utf8')
  const { file, version, note, licence } = source
  const lines = [`# ${name}`, `Captions that another captioner made, read from \`${file}\` (version ${version}). There are no weights here.`, note, licence === '' ? '' : `Licence: ${licence}`]
  return `${lines.filter((line) => line !== '').join('\n\n')}\n`
}

export function summarize(model: ModelRecord, evaluations: readonly Evaluation[], promotedId: string | null): ModelSummary {
  const { id, name, source, parentId, snapshotId, createdAt } = model
  return {
    id,
    name,
    source,
    parentId,
    snapshotId,
    promoted: id === promotedId,
    available: source.kind === 'external' || existsSync(join(model.folder, 'manifest.json')),
    createdAt,
    evaluations: latestEvaluations(evaluations, id),
  }
}
