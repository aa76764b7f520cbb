/** Images and what belongs to nothing but them: roots, tags. */
import { AppError } from '#shared/errors.ts'
import type { ImageId, Split } from '#shared/domain.ts'
import { knowLabels } from '../labels/labels.ts'
import { prepared, type Database } from '../storage/database.ts'

export interface StoredImage {
  id: number
  path: string
  root: string
  fileName: string
  sourceId: ImageId | null
  contentHash: string
  width: number
  height: number
  split: Split
  referenceCount: number
}

export type NewImage = Omit<StoredImage, 'id' | 'referenceCount'>

const columns = `image.id, image.path, image.root, file_name AS fileName, source_id AS sourceId, content_hash AS contentHash, width, height, split,
  reference_count AS referenceCount`

/** The image of an id. @throws AppError `not-found` */
export function getImage(database: Database, imageId: number): StoredImage {
  const image = prepared<[number], StoredImage>(database, `SELECT ${columns} FROM image WHERE id = ?`).get(imageId)
  if (!image) throw new AppError('not-found', `There is no image number ${imageId} in this workspace.`, { todo: 'Reload the library.' })
  return image
}

/** The images of a list of ids, in the list's order; unknown ids are left out. */
export function getImages(database: Database, imageIds: readonly number[]): StoredImage[] {
  return prepared<[string], StoredImage>(
    database,
    `SELECT ${columns} FROM json_each(?) AS wanted JOIN image ON image.id = wanted.value ORDER BY wanted.key`,
  ).all(JSON.stringify(imageIds))
}

export function findByPath(database: Database, path: string): StoredImage | undefined {
  return prepared<[string], StoredImage>(database, `SELECT ${columns} FROM image WHERE path = ?`).get(path)
}

/** In the order of their ids. */
export function findByContent(database: Database, contentHash: string): StoredImage[] {
  return prepared<[string], StoredImage>(database, `SELECT ${columns} FROM image WHERE content_hash = ? ORDER BY id`).all(contentHash)
}

/** Adds an image that nobody has reviewed and returns its id. The root must be there. */
export function insertImage(database: Database, image: NewImage, time: string): number {
  const { lastInsertRowid } = prepared<[object]>(
    database,
    `INSERT INTO image (path, root, file_name, sort_name, source_id, content_hash, width, height, split, added_at)
     VALUES (@path, @root, @fileName, @sortName, @sourceId, @contentHash, @width, @height, @split, @time)`,
  ).run({ ...image, sortName: sortName(image.fileName), time })
  return Number(lastInsertRowid)
}

/** Overwrites what an import says about an image. */
export function updateImage(database: Database, imageId: number, image: NewImage): void {
  prepared<[object]>(
    database,
    `UPDATE image SET path = @path, root = @root, file_name = @fileName, sort_name = @sortName, source_id = @sourceId,
       content_hash = @contentHash, width = @width, height = @height, split = @split WHERE id = @imageId`,
  ).run({ ...image, sortName: sortName(image.fileName), imageId })
}

/** Adds ids that a data set knows an image by beside its own. */
export function addFurtherIds(database: Database, imageId: number, ids: readonly ImageId[]): void {
  for (const id of ids) prepared<[number, ImageId]>(database, 'INSERT OR IGNORE INTO further_id (image_id, id) VALUES (?, ?)').run(imageId, id)
}

export function addTags(database: Database, imageId: number, tags: readonly string[]): void {
  for (const tag of tags) prepared<[number, string]>(database, 'INSERT OR IGNORE INTO tag (image_id, name) VALUES (?, ?)').run(imageId, tag)
  knowLabels(database, 'tag', tags)
}

/** The folders that images may be read from. */
export function imageRoots(database: Database): string[] {
  return database.prepare<[], string>('SELECT path FROM image_root ORDER BY path').pluck().all()
}

export function addImageRoot(database: Database, path: string): void {
  database.prepare('INSERT OR IGNORE INTO image_root (path) VALUES (?)').run(path)
}

export function imageTags(database: Database, imageId: number): string[] {
  return prepared<[number], string>(database, 'SELECT name FROM tag WHERE image_id = ? ORDER BY name').pluck().all(imageId)
}

export function countImages(database: Database): number {
  return database.prepare<[], number>('SELECT count(*) FROM image').pluck().get() ?? 0
}

/** As people sort names: case aside, `image2` before `image10`. */
export function sortName(fileName: string): string {
  return fileName
    .normalize('NFC')
    .toLowerCase()
    .replaceAll(/\d+/gu, (digits) => digits.padStart(12, '0'))
}

/** Place and content of every image, in the order of their ids. */
export function imageContents(database: Database): Pick<StoredImage, 'id' | 'path' | 'root' | 'contentHash'>[] {
  return database
    .prepare<[], Pick<StoredImage, 'id' | 'path' | 'root' | 'contentHash'>>('SELECT id, path, root, content_hash AS contentHash FROM image ORDER BY id')
    .all()
}
