/** What images were before their files were replaced, and what stood then. */
import { z } from 'zod'
import type { EarlierPhoto } from '#shared/domain.ts'
import { regionSchema } from '../repositories/actions.ts'
import { standingSchema } from '../repositories/reviews.ts'
import { prepared, type Database } from '../storage/database.ts'
import { storedJson } from '../storage/stored-json.ts'

const stoodSchema = z.object({
  /** Its captions by people. */
  captions: z.array(standingSchema.extend({ slot: z.number() })),
  /** The candidates that were shown. */
  captionIds: z.array(z.number()),
  regions: z.array(regionSchema),
  /** Data sets that had listed all its objects. */
  annotatedBy: z.array(z.string()),
})
export type Stood = z.infer<typeof stoodSchema>

export interface PhotoContent {
  /** SHA-256 of the file. */
  contentHash: string
  /** Of the upright photo, in pixels. */
  width: number
  height: number
}

export interface StoredEarlierPhoto extends PhotoContent {
  id: number
  stood: Stood
  noticedAt: string
}

export function insertEarlierPhoto(database: Database, imageId: number, { contentHash, width, height }: PhotoContent, stood: Stood, time: string): void {
  prepared<[object]>(
    database,
    `INSERT INTO earlier_photo (image_id, content_hash, width, height, stood, noticed_at) VALUES (@imageId, @contentHash, @width, @height, @stood, @time)`,
  ).run({ imageId, contentHash, width, height, stood: JSON.stringify(stood), time })
}

const columns = 'id, content_hash AS contentHash, width, height, stood, noticed_at AS noticedAt'

/** The newest that nobody settled: of this content where one is asked for. */
export function findEarlierPhoto(database: Database, imageId: number, contentHash: string | null = null): StoredEarlierPhoto | undefined {
  const found = prepared<[number, string | null], Omit<StoredEarlierPhoto, 'stood'> & { stood: string }>(
    database,
    `SELECT ${columns} FROM earlier_photo WHERE image_id = ? AND settled_at IS NULL AND content_hash = coalesce(?, content_hash) ORDER BY id DESC LIMIT 1`,
  ).get(imageId, contentHash)
  return found && { ...found, stood: storedJson(stoodSchema, found.stood) }
}

/** The photo that is there now is that one again. */
export function removeEarlierPhoto(database: Database, id: number): void {
  prepared<[number]>(database, 'DELETE FROM earlier_photo WHERE id = ?').run(id)
}

/** A person said that what is there now shows the same. */
export function settleEarlierPhotos(database: Database, imageId: number, time: string): void {
  prepared<[string, number]>(database, 'UPDATE earlier_photo SET settled_at = ? WHERE image_id = ? AND settled_at IS NULL').run(time, imageId)
}

/** What Review tells of an image that was replaced and waits for a decision; null for all others. */
export function earlierPhoto(database: Database, imageId: number): EarlierPhoto | null {
  if (prepared<[number]>(database, 'SELECT 1 FROM changed_photo WHERE image_id = ?').get(imageId) === undefined) return null
  const found = findEarlierPhoto(database, imageId)
  if (found === undefined) return null
  const { captions, regions } = found.stood
  const begun = captions.filter(({ state }) => state !== 'pending')
  return {
    noticedAt: found.noticedAt,
    state: begun.at(0)?.state ?? 'pending',
    texts: begun.flatMap(({ text }) => (text === null ? [] : [text])),
    regions: regions.length,
  }
}
