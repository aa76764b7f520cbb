/** Boxes of images, in shares of the upright image's width and height. */
import { AppError } from '#shared/errors.ts'
import type { Region } from '#shared/domain.ts'
import type { Database } from '../storage/database.ts'
import { getImage } from './images.ts'

const columns = 'id, image_id AS imageId, left, top, width, height, label, score, source'

/** Oldest first. */
export function listRegions(database: Database, imageId: number): Region[] {
  return database.prepare<[number], Region>(`SELECT ${columns} FROM region WHERE image_id = ? ORDER BY id`).all(imageId)
}

/** @throws AppError `not-found` for an image that is not there */
export function addRegion(database: Database, region: Omit<Region, 'id'>): Region {
  getImage(database, region.imageId)
  const { lastInsertRowid } = database
    .prepare(
      'INSERT INTO region (image_id, left, top, width, height, label, score, source) VALUES (@imageId, @left, @top, @width, @height, @label, @score, @source)',
    )
    .run(region)
  return { ...region, id: Number(lastInsertRowid) }
}

/** @throws AppError `not-found` */
export function removeRegion(database: Database, regionId: number): void {
  const { changes } = database.prepare('DELETE FROM region WHERE id = ?').run(regionId)
  if (changes === 0) throw new AppError('not-found', 'This region is not there any more.')
}

/** The regions of the image at a path, empty where there is no such image. */
export function regionsByPath(database: Database, path: string): Region[] {
  const imageId = database.prepare<[string], number>('SELECT id FROM image WHERE path = ?').pluck().get(path)
  return imageId === undefined ? [] : listRegions(database, imageId)
}
