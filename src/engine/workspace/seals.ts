/**
 * What a person of this computer said is sealed with the key of their own folder: jobs that they queued and folders of photos that they chose. A
 * workspace that comes from elsewhere has no such seals, and what it holds waits until the person here says so.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { realpathSync } from 'node:fs'
import { sep } from 'node:path'
import { AppError } from '#shared/errors.ts'
import { imageRoots } from './repositories/images.ts'
import { readProperty, writeProperty, type SealName } from './repositories/properties.ts'
import type { Database } from './storage/database.ts'

export interface Seals {
  /** Of a job's input, as it is stored now. */
  sealJob(jobId: number): void
  isJobSealed(jobId: number): boolean
  /** Of an experiment that was begun here: its folder's plan says what it reads. */
  sealExperiment(experiment: string): void
  isExperimentSealed(experiment: string): boolean
  sealRoot(root: string): void
  /** Folders of photos that nobody here chose and that are not the workspace's own. */
  foreignRoots(): string[]
  isOwnRoot(root: string): boolean
}

/** `key`: the installation's; absent: one that only this opening knows. */
export function openSeals(database: Database, folder: string, key: string = randomBytes(32).toString('hex')): Seals {
  const place = realpathSync(folder)
  // The folder is part of it: a copy of the workspace is another one.
  const sealOf = (...what: (string | number)[]): string =>
    createHmac('sha256', key)
      .update(JSON.stringify([place, ...what]))
      .digest('hex')
  const jobSeal = (jobId: number): string | undefined => {
    const job = database.prepare<[number], { input: string; createdAt: string }>('SELECT input, created_at AS createdAt FROM job WHERE id = ?').get(jobId)
    return job === undefined ? undefined : sealOf('job', jobId, job.input, job.createdAt)
  }
  const isOwnRoot = (root: string): boolean => isInside(root, place) || same(readProperty(database, rootName(root)), sealOf('root', root))
  return {
    sealJob: (jobId) => writeProperty(database, jobName(jobId), jobSeal(jobId) ?? ''),
    isJobSealed: (jobId) => same(readProperty(database, jobName(jobId)), jobSeal(jobId)),
    sealExperiment: (experiment) => writeProperty(database, experimentName(experiment), sealOf('experiment', experiment)),
    isExperimentSealed: (experiment) => same(readProperty(database, experimentName(experiment)), sealOf('experiment', experiment)),
    sealRoot: (root) => writeProperty(database, rootName(root), sealOf('root', root)),
    isOwnRoot,
    foreignRoots() {
      // Of a folder that is the person's own no image is looked for: there may be a million, in no order of folders.
      const holdsImages = database.prepare<[string], number>('SELECT EXISTS (SELECT 1 FROM image WHERE root = ?)').pluck()
      return imageRoots(database).filter((root) => !isOwnRoot(root) && holdsImages.get(root) === 1)
    },
  }
}

/** Why a photo of such a folder is not opened. */
export function foreignRoot(root: string): AppError {
  return new AppError('not-permitted', `The photos of ${root} were chosen elsewhere, not by you on this computer.`, {
    kept: 'Their captions and reviews are here.',
    todo: 'Open the workspace again and let it show them.',
  })
}

const jobName = (jobId: number): SealName => `seal of job ${jobId}`
const experimentName = (experiment: string): SealName => `seal of experiment ${experiment}`
const rootName = (root: string): SealName => `seal of root ${root}`

function same(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && other !== undefined && one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other))
}

/** Links counted: a folder that is called the workspace's own and leads elsewhere is not. */
function isInside(root: string, place: string): boolean {
  if (root !== place && !root.startsWith(place + sep)) return false
  try {
    const real = realpathSync(root)
    return real === place || real.startsWith(place + sep)
  } catch {
    return false
  }
}
