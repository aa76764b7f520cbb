/**
 * An open workspace: the one writer of its database, answering every verb of the contract that the workspace owns and taking the batches of jobs.
 * It runs in the app's workspace process, or inside the CLI.
 */
import { mkdir } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { answerWith } from '#shared/answering.ts'
import type { VerbInput, VerbOwnedBy, VerbResult } from '#shared/api.ts'
import type { LeftOutModel } from '#shared/left-out-model.ts'
import { spellingSchema, type SpellingChoice, type WorkspaceInfo } from '#shared/domain.ts'
import { toReport } from '#shared/errors.ts'
import { jobBatchSchema, type JobBatch, type ReplacedPhoto } from '#shared/jobs.ts'
import { removeLeftovers, removeLeftoversBelow } from '#engine/files/leftovers.ts'
import { logError } from '#engine/log/log.ts'
import { applyBatch } from './batches.ts'
import { backUpDaily } from './storage/backups.ts'
import { checkAgainNextTime, closeDatabase, openDatabase, wasCheckedAtOpening, type Database } from './storage/database.ts'
import { requireDatabase, requireInPlace } from './storage/presence.ts'
import type { WorkspaceEvent } from './events.ts'
import { openJobQueue, type JobQueue } from './job-queue.ts'
import { workspaceLayout, type WorkspaceLayout } from './storage/layout.ts'
import { openLiveScores } from './scores/live-scores.ts'
import { lockWorkspace } from './storage/lock.ts'
import { makeFolder } from './storage/make-folder.ts'
import { schemaVersion } from './storage/migrate.ts'
import { promoteDefault, registerPackages, type PackageReader } from './models/model-catalog.ts'
import { renewForTokenizer } from './repositories/document-frequencies.ts'
import { countImages, getImage } from './repositories/images.ts'
import { replacePhotos, tellReplaced } from './photos/replaced-photos.ts'
import { readProperty, writeProperty } from './repositories/properties.ts'
import { openCompletions } from './writing/completions.ts'
import { openSpelling } from './writing/spelling.ts'
import { foreignRoot, openSeals } from './seals.ts'
import { workspaceVerbs } from './verbs.ts'

export interface ServiceOptions {
  folder: string
  /** Makes a new workspace of this name in place of opening one. */
  create?: { name: string }
  /** Folders that hold model packages; the workspace's own models/ comes last of itself. */
  modelRoots: readonly string[]
  packages: PackageReader
  /** The key of this installation's own folder (see `seals.ts`); absent: only what is queued in this opening counts as the person's. */
  installation?: string
  /** Who decides, corrects and promotes: asked at every change. */
  author(): string
  /** How this person wants texts to be spelled. */
  spelling?(): SpellingChoice
  onEvent(event: WorkspaceEvent): void
}

export interface WorkspaceService {
  /** As it stands now. */
  info(): WorkspaceInfo
  /** Answers a verb whose owner is 'workspace'. Rejects with an AppError; nothing is half done then. */
  handle(name: string, input: unknown): Promise<unknown>
  /** The same for callers in this process, typed. */
  call<Name extends VerbOwnedBy<'workspace'>>(name: Name, input: VerbInput<Name>): Promise<VerbResult<Name>>
  /** Writes what a job sends; resolves once it is on disk. */
  applyBatch(jobId: number, batch: JobBatch): Promise<void>
  jobs: JobQueue
  /** Where an image's file is said to be; whoever reads it sees to it that it is inside the root. @throws AppError `not-found` */
  imagePlace(imageId: number): { path: string; root: string; fileName: string; contentHash: string }
  /** Photos that were opened and turned out to be others than were imported. */
  photosReplaced(photos: readonly ReplacedPhoto[]): void
  /** Folders of photos that the workspace brought from elsewhere: nothing in them is shown before the person allows it. */
  foreignRoots(): string[]
  allowRoots(roots: readonly string[]): void
  /** Would closing it lose something? @throws AppError `displaced` where its folder is gone and nothing was saved elsewhere */
  requireKept(): void
  close(): void
}

/** What may be asked of a workspace whose folder is gone: reading, and saving it elsewhere. All other verbs write. */
const readingVerbs: ReadonlySet<string> = new Set<VerbOwnedBy<'workspace'>>([
  'library.facets',
  'library.ids',
  'library.rows',
  'images.get',
  'regions.list',
  'review.undoState',
  'project.get',
  'writing.complete',
  'writing.check',
  'writing.suggest',
  'writing.words',
  'writing.dictionaries',
  'guidelines.get',
  'guidelines.history',
  'scores.live',
  'scores.evaluations',
  'scores.differences',
  'scores.table',
  'failures.summary',
  'failures.worst',
  'failures.look',
  'failures.images',
  'slices.list',
  'slices.history',
  'slices.find',
  'snapshots.preview',
  'snapshots.list',
  'training.curve',
  'models.list',
  'models.leftOut',
  'models.card',
  'models.promotions',
  'models.compare',
  'experiments.list',
  'experiments.get',
  'experiments.table',
  'exports.list',
  'jobs.list',
  'jobs.failures',
  'workspace.saveElsewhere',
])

/** Opens (or makes) the workspace in a folder. @throws AppError as openDatabase does */
export async function openService(options: ServiceOptions): Promise<WorkspaceService> {
  const folder = resolve(options.folder)
  const layout = workspaceLayout(folder)
  if (options.create) makeFolder(folder)
  else requireDatabase(folder)
  const lock = lockWorkspace(folder)
  const database = await openDatabase(folder, options.create !== undefined).catch((error: unknown) => {
    lock.release()
    throw error
  })
  try {
    const now = (): string => new Date().toISOString()
    if (options.create) {
      writeProperty(database, 'name', options.create.name)
      writeProperty(database, 'created_at', now())
    }
    await removeKilledWrites(layout).catch((error: unknown) => logError('What killed writes left', error))
    await mkdir(layout.models, { recursive: true })
    const leftOut = await findModels(database, options, layout.models, now())
    promoteDefault(database, now())
    renewForTokenizer(database, now())

    const notify = options.onEvent
    const live = openLiveScores(database)
    const seals = openSeals(database, folder, options.installation)
    const jobs = openJobQueue(database, seals, now, notify)
    const { packages, author } = options
    const spellingChoice = options.spelling ?? (() => spellingSchema.parse({}))
    const completions = openCompletions(database)
    const spelling = openSpelling(database, spellingChoice)
    const backingUp = options.create === undefined && wasCheckedAtOpening(database) ? startBackup(database, layout.backups, now(), notify) : undefined
    let savedElsewhere = false
    const answers = workspaceVerbs({
      savedElsewhere: () => void (savedElsewhere = true),
      database,
      layout,
      packages,
      leftOut,
      author,
      now,
      notify,
      live,
      completions,
      spelling,
      spellingChoice,
      jobs,
    })
    const handle = (name: string, input: unknown): Promise<unknown> => {
      if (!readingVerbs.has(name)) requireInPlace(database, folder)
      return answerWith('workspace', answers, name, input)
    }
    return {
      info: () => ({
        folder,
        name: readProperty(database, 'name') ?? basename(folder),
        images: countImages(database),
        createdAt: readProperty(database, 'created_at') ?? '',
        schemaVersion,
      }),
      handle,
      // The table of answers is typed by the verb's name.
      call: async (name, input) => (await handle(name, input)) as VerbResult<typeof name>,
      async applyBatch(jobId, batch) {
        const parsed = jobBatchSchema.parse(batch)
        requireInPlace(database, folder)
        await applyBatch({ database, jobId, time: now(), author: author(), notify, packages }, parsed)
        if (parsed.kind === 'import-commit') seals.sealRoot(parsed.imageRoot)
        else if (parsed.kind !== 'texts') return
        live.forget()
        completions.forget()
        spelling.forget()
      },
      photosReplaced(photos) {
        requireInPlace(database, folder)
        tellReplaced(database.transaction(() => replacePhotos(database, photos, now())).immediate(), notify)
      },
      jobs,
      requireKept() {
        if (!savedElsewhere) requireInPlace(database, folder)
      },
      foreignRoots: () => seals.foreignRoots(),
      allowRoots: (roots) => {
        for (const root of roots) seals.sealRoot(root)
      },
      imagePlace: (imageId) => {
        const { path, root, fileName, contentHash } = getImage(database, imageId)
        if (!seals.isOwnRoot(root)) throw foreignRoot(root)
        return { path, root, fileName, contentHash }
      },
      close() {
        // A backup is made only of what was just checked: one that was cut short is made after the next check.
        if (backingUp?.ended === false) checkAgainNextTime(database)
        closeDatabase(database)
        lock.release()
      },
    }
  } catch (error) {
    closeDatabase(database)
    lock.release()
    throw error
  }
}

/** What writes that were killed left. A thumbnail's goes when it is made again. */
async function removeKilledWrites(layout: WorkspaceLayout): Promise<void> {
  await removeLeftovers(layout.folder)
  for (const folder of [layout.models, layout.backups, layout.features]) await removeLeftovers(folder)
  for (const folder of [layout.training, layout.experiments]) await removeLeftoversBelow(folder, 3)
}

/** Starts the day's backup beside the work. That it cannot be made is told; the workspace stays open. */
function startBackup(database: Database, folder: string, time: string, notify: (event: WorkspaceEvent) => void): { ended: boolean } {
  const state = { ended: false }
  const day = time.slice(0, time.indexOf('T'))
  void backUpDaily(database, folder, day)
    .catch((error: unknown) => {
      if (database.open) notify({ kind: 'backup-failed', report: toReport(error) })
    })
    .finally(() => (state.ended = true))
  return state
}

async function findModels(database: Database, { modelRoots, packages }: ServiceOptions, ownRoot: string, time: string): Promise<LeftOutModel[]> {
  const roots = [...modelRoots.map((root) => ({ root, origin: 'shipped' as const })), { root: ownRoot, origin: 'trained' as const }]
  return registerPackages(database, packages, roots, time)
}
