/** What the feature caches of a folder take up, and making room: whole caches go, the one unused for longest first. */
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '#shared/errors.ts'
import { featureKeyName, featureKeySchema, type FeatureKey } from './feature-key.ts'
import { segmentIsHeld } from './feature-segment.ts'

export interface FeatureCacheSize {
  /** the cache's folder name */
  name: string
  key: FeatureKey
  bytes: number
  /** when a process last opened it */
  usedAt: Date
  /** a living process is appending to it */
  inUse: boolean
}

/** The caches of a folder, the most recently used first. Folders that are no caches are left out. */
export function listFeatureCaches(folder: string): FeatureCacheSize[] {
  return folderNames(folder)
    .flatMap((name) => describe(folder, name) ?? [])
    .sort((left, right) => right.usedAt.getTime() - left.usedAt.getTime())
}

/** Deletes a cache. Throws AppError `not-found`, or `conflict` while a process appends to it. */
export function removeFeatureCache(folder: string, name: string): void {
  const cache = listFeatureCaches(folder).find((candidate) => candidate.name === name)
  if (cache === undefined) throw new AppError('not-found', `There is no feature cache "${name}".`)
  if (cache.inUse) throw new AppError('conflict', 'Features are being computed into this cache.', { todo: 'Wait for the job, or cancel it, and try again.' })
  rmSync(join(folder, name), { recursive: true, force: true })
}

/** Deletes caches not in use, the one unused for longest first, until the rest takes `maximumBytes` at most. Returns what went. */
export function evictFeatureCaches(folder: string, maximumBytes: number): FeatureCacheSize[] {
  const caches = listFeatureCaches(folder)
  let total = caches.reduce((sum, { bytes }) => sum + bytes, 0)
  const evicted: FeatureCacheSize[] = []
  for (const cache of caches.toReversed()) {
    if (total <= maximumBytes) break
    if (cache.inUse) continue
    removeFeatureCache(folder, cache.name)
    total -= cache.bytes
    evicted.push(cache)
  }
  return evicted
}

function folderNames(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

function describe(folder: string, name: string): FeatureCacheSize | undefined {
  const home = join(folder, name)
  try {
    const keyPath = join(home, 'key.json')
    const key = featureKeySchema.parse(JSON.parse(readFileSync(keyPath, 'utf8')))
    if (featureKeyName(key) !== name) return undefined
    const files = readdirSync(home).map((file) => join(home, file))
    const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0)
    const inUse = files.some((file) => file.endsWith('.lock') && segmentIsHeld(file.slice(0, -'.lock'.length)))
    return { name, key, bytes, usedAt: statSync(keyPath).mtime, inUse }
  } catch {
    return undefined // no cache, or one that goes at this moment
  }
}
