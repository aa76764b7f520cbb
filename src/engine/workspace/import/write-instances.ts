/** Puts a data set's objects in place of those that it knew before. */
import type { ImageId } from '#shared/domain.ts'
import type { JobBatch } from '#shared/jobs.ts'
import { newRegionId, writeRegion } from '../repositories/regions.ts'
import type { Database } from '../storage/database.ts'
import { rowsBetweenTelling, type Written } from './staging.ts'

type Instances = Extract<JobBatch, { kind: 'instances' }>

/** Called inside a transaction. Images whose boxes of this file somebody has changed since stay as they are; returns how many. */
export function writeInstances(database: Database, { file, rows }: Instances, written: Written): number {
  const changedByHand = database.prepare(
    'SELECT 1 FROM action_region JOIN region ON region.id = region_id WHERE action_region.image_id = ? AND source = ? LIMIT 1',
  )
  const remove = database.prepare('DELETE FROM region WHERE image_id = ? AND source = ?')
  const annotated = database.prepare('INSERT OR IGNORE INTO annotated_image (image_id, source) VALUES (?, ?)')
  let id = newRegionId(database)
  let kept = 0
  for (const [index, { imageId, boxes }] of rows.entries()) {
    if (index % rowsBetweenTelling === 0) written(index, rows.length)
    annotated.run(imageId, file)
    if (changedByHand.get(imageId, file) !== undefined) {
      kept += 1
      continue
    }
    remove.run(imageId, file)
    for (const box of boxes) {
      writeRegion(database, { id, imageId, ...box, score: null, source: file })
      id += 1
    }
  }
  return kept
}

/** The labels of all objects of the images that a data set annotated. */
export function annotatedObjects(database: Database): Map<ImageId, Set<string>> {
  const objects = new Map<ImageId, Set<string>>()
  const rows = database.prepare<[], { imageId: number; label: string | null }>(
    `SELECT annotated_image.image_id AS imageId, label FROM annotated_image
     LEFT JOIN region ON region.image_id = annotated_image.image_id AND region.source = annotated_image.source`,
  )
  for (const { imageId, label } of rows.iterate()) {
    const ofImage = objects.get(imageId) ?? new Set<string>()
    objects.set(imageId, ofImage)
    if (label !== null) ofImage.add(label)
  }
  return objects
}
