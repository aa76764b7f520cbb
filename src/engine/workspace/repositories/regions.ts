/** Boxes of images, in shares of the upright image's width and height. */
import { AppError } from '#shared/errors.ts'
import type { Region } from '#shared/domain.ts'
import { prepared, type Database } from '../storage/database.ts'
import { getImage } from './images.ts'

const columns = 'id, image_id AS imageId, left, top, width, height, label, score, source'

/** Oldest first. */
export function listRegions(database: Database, imageId: number): Region[] {
  return prepared<[number], Region>(database, `SELECT ${columns} FROM region WHERE image_id = ? ORDER BY id`).all(imageId)
}

/** @throws AppError `not-found` */
export function getRegion(database: Database, regionId: number): Region {
  const region = prepared<[number], Region>(database, `SELECT ${columns} FROM region WHERE id = ?`).get(regionId)
  if (region === undefined) throw new AppError('not-found', 'This region is not there any more.')
  return region
}

/** An id that no region has or had, so that an undone one can come back under its own. */
export function newRegionId(database: Database): number {
  const largest = database.prepare<[], number | null>(
    'SELECT max(id) FROM (SELECT max(id) AS id FROM region UNION ALL SELECT max(region_id) FROM action_region)',
  )
  return (largest.pluck().get() ?? 0) + 1
}

/** Makes the region as it is told, whatever it was before. @throws AppError `not-found` for an image that is not there */
export function writeRegion(database: Database, region: Region): void {
  getImage(database, region.imageId)
  database
    .prepare(
      `INSERT INTO region (id, image_id, left, top, width, height, label, score, source)
       VALUES (@id, @imageId, @left, @top, @width, @height, @label, @score, @source)
       ON CONFLICT (id) DO UPDATE SET left = @left, top = @top, width = @width, height = @height, label = @label, score = @score, source = @source`,
    )
    .run(region)
}

export function deleteRegion(database: Database, regionId: number): void {
  database.prepare('DELETE FROM region WHERE id = ?').run(regionId)
}

/** The regions of the image at a path, empty where there is no such image. */
export function regionsByPath(database: Database, path: string): Region[] {
  const imageId = database.prepare<[string], number>('SELECT id FROM image WHERE path = ?').pluck().get(path)
  return imageId === undefined ? [] : listRegions(database, imageId)
}
