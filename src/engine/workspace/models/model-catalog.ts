/** Which models there are: packages in the model roots, brought into the workspace's tables when it is opened. */
import { existsSync } from 'node:fs'
import { cp, lstat } from 'node:fs/promises'
import { join } from 'node:path'
import { readInside } from '#engine/files/regular-file.ts'
import { placeFolder } from '#engine/files/write-whole.ts'
import type { Evaluation, ModelSource, ModelSummary } from '#shared/domain.ts'
import { within } from '#engine/files/deadline.ts'
import { AppError, toReport } from '#shared/errors.ts'
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
  const found = await readPackage(database, packages, place.folder)
  enterPackage(database, found, place, time)
  return found.info.id
}

interface FoundPackage {
  info: PackageInfo
  /** Null where the database has it. */
  table: DocumentFrequency | null
}

async function readPackage(database: Database, packages: PackageReader, folder: string): Promise<FoundPackage> {
  const info = await packages.read(folder)
  return { info, table: hasDocumentFrequency(database, info.id) ? null : await packages.documentFrequency(folder) }
}

function enterPackage(database: Database, { info, table }: FoundPackage, place: PackagePlace, time: string): void {
  const { id, name, architecture, parameters, encoderId, parentId, createdAt } = info
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
}

/** How long a package, or the list of a root's, may take to be read. */
const answersWithin = 20_000 // milliseconds

/**
 * Brings the packages of all roots into the model table, those of earlier roots first: of two with one id the earlier counts. Damaged packages and
 * those that stand back are left out, and so is the rest of a root that does not answer in time; the rest of the workspace opens. Returns what was
 * left out.
 */
export async function registerPackages(
  database: Database,
  packages: PackageReader,
  roots: readonly { root: string; origin: PackagePlace['origin'] }[],
  time: string,
  patience = answersWithin,
): Promise<LeftOutModel[]> {
  const folders = new Map<string, string>()
  const leftOut: LeftOutModel[] = []
  for (const { root, origin } of roots) {
    const leaveOut = (folder: string, error: unknown): void => void leftOut.push({ folder, report: toReport(error) })
    const listed = await within(patience, `The models’ folder ${root}`, packages.list(root)).catch((error: unknown) => {
      leaveOut(root, error)
      return []
    })
    for (const [index, folder] of listed.entries()) {
      let found: FoundPackage
      try {
        found = await within(patience, `The model package ${folder}`, readPackage(database, packages, folder))
      } catch (error) {
        leaveOut(folder, error)
        if (toReport(error).code !== 'unavailable') continue
        // Each that hangs keeps a thread of this process: no more than one of a root is tried.
        for (const other of listed.slice(index + 1)) leaveOut(other, error)
        break
      }
      const { id } = found.info
      const first = folders.get(id)
      if (first === undefined) {
        enterPackage(database, found, { folder, origin }, time)
        folders.set(id, folder)
      } else leftOut.push({ folder, report: behindItsNamesake(folder, id, first) })
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
      await cp(folder, partial, { recursive: true, filter: onlyFiles })
      await packages.documentFrequency(partial)
    },
    { replace: false },
  )
  return registerPackage(database, packages, { folder: place, origin: 'imported' }, time)
}

/** Copying a pipe waits for ever, and a link would lead out of the workspace. */
async function onlyFiles(source: string): Promise<boolean> {
  const found = await lstat(source)
  if (found.isFile() || found.isDirectory()) return true
  throw new AppError('bad-input', `${source} is no regular file.`, { kept: 'The model was not added.', todo: 'Put the file itself there.' })
}

/** Promotes the first shipped model where none is promoted yet. */
export function promoteDefault(database: Database, time: string): void {
  if (promotedModel(database) !== null) return
  const models = listModels(database).flatMap(({ id, source }) => (source.kind === 'package' ? [{ id, origin: source.origin }] : []))
  const first = models.find(({ origin }) => origin === 'shipped') ?? models.at(0)
  if (first) promoteModel(database, first.id, 'Capstan', time)
}

const longestCard = 10e6 // bytes

/** What a model says of itself: its package's card; of captions alone, where they are from. */
export async function modelCard({ name, source, folder }: ModelRecord): Promise<string> {
  if (source.kind === 'package') return (await readInside(folder, 'README.md', longestCard)).toString('utf8')
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
