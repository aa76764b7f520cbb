/** Snapshots: frozen lists of what a model is trained on and judged by. */
import type { Snapshot } from '#shared/domain.ts'
import { AppError } from '#shared/errors.ts'
import type { Database } from '../storage/database.ts'
import { textsByImage } from './references.ts'

/** `rejected`: a candidate that a person turned down; no text to learn. */
export const snapshotItemKinds = ['correction', 'accepted', 'reference', 'rejected'] as const
export type SnapshotItemKind = (typeof snapshotItemKinds)[number]

/** An image, and the number that fixed draws among images go by: of its content, so that they fall alike in every workspace. */
export interface DrawnImage {
  imageId: number
  draw: number
}

export interface SnapshotItem extends DrawnImage {
  kind: SnapshotItemKind
  text: string
  weight: number
  heldOut: boolean
  /** The candidate that a correction replaces; null where none is known. */
  replaces: string | null
  /** Of the candidate, 1 to 5; null where nobody rated it. */
  rating: number | null
}

export type NewItem = Omit<SnapshotItem, 'draw'>

/** Of a photo's SHA-256. */
export function drawNumber(sha256: string): number {
  return parseInt(sha256.slice(0, 8), 16) | 0
}

// References of a photo that was replaced tell of another picture, until somebody has decided about it.
// Images of the dev and test splits are never trained on: their corrections are held out, their other texts stay outside. All captions of an image
// fall on the same side. Photos that an open case is judged by are held out with all their texts.
const included = `
  SELECT review.image_id, 'correction' AS kind, text, split IN ('dev', 'test') OR drawn(review.image_id) AS held_out,
    (SELECT nullif(correction.replaces, '') FROM correction
     WHERE correction.image_id = review.image_id AND correction.text = review.text
       AND correction.slot = review.slot ORDER BY correction.id DESC LIMIT 1) AS replaces, rating, slot AS place,
    slot, author, NULL AS accepted_at, error_types
    FROM review JOIN image ON image.id = review.image_id WHERE state = 'corrected'
  UNION ALL
  SELECT review.image_id, 'accepted', text, drawn(review.image_id), NULL, rating, slot, slot, author, updated_at, error_types
    FROM review JOIN image ON image.id = review.image_id WHERE state = 'accepted' AND split NOT IN ('dev', 'test')
  UNION ALL
  SELECT review.image_id, 'rejected', caption.text, drawn(review.image_id), NULL, rating, slot, slot, review.author, NULL, error_types
    FROM review JOIN image ON image.id = review.image_id JOIN caption ON caption.id = candidate_id
    WHERE state = 'rejected' AND split NOT IN ('dev', 'test')
  UNION ALL
  SELECT reference.image_id, 'reference', reference.text,
      judging(reference.image_id) OR drawn(reference.image_id) AND EXISTS (SELECT 1 FROM review WHERE review.image_id = reference.image_id AND state = 'corrected'), NULL, NULL, reference.id,
      NULL, author, NULL, NULL
    FROM reference JOIN image ON image.id = reference.image_id WHERE standing = 1 AND split NOT IN ('dev', 'test')
      AND reference.image_id NOT IN (SELECT image_id FROM changed_photo)`

/** What a snapshot would hold now. */
export function previewSnapshot(database: Database): { images: number; corrections: number; accepted: number; references: number } {
  const unchanged = 'id NOT IN (SELECT image_id FROM changed_photo)'
  const judging = "SELECT +id FROM image WHERE split IN ('dev', 'test')"
  const accepted = `review WHERE state = 'accepted' AND image_id NOT IN (${judging})`
  const count = (sql: string): number => database.prepare<[], number>(sql).pluck().get() ?? 0
  // A plus keeps SQLite from an index that knows nothing of splits, and from looking up image by image.
  const byReferences = count(`SELECT count(*) FROM image WHERE split NOT IN ('dev', 'test') AND +reference_count > 0 AND ${unchanged}`)
  // Photos that a text by people brings in, and no reference does.
  const byPeople = count(
    `SELECT count(*) FROM (SELECT image_id FROM review WHERE state = 'corrected' UNION SELECT image_id FROM ${accepted})
     WHERE image_id IN (${judging}) OR image_id IN (SELECT +id FROM image WHERE reference_count = 0) OR image_id IN (SELECT image_id FROM changed_photo)`,
  )
  return {
    images: byReferences + byPeople,
    corrections: count("SELECT count(*) FROM review WHERE state = 'corrected'"),
    accepted: count(`SELECT count(*) FROM ${accepted}`),
    references: count(`SELECT coalesce(sum(reference_count), 0) FROM image WHERE split NOT IN ('dev', 'test') AND ${unchanged}`),
  }
}

/**
 * Freezes what there is. The share `heldOut` of the corrected images is kept from training: which ones depends on the image ids alone, so that
 * later snapshots hold out the same images.
 * @throws AppError `too-little-data` where there is nothing to freeze
 */
export function createSnapshot(database: Database, name: string, heldOut: number, time: string): Snapshot {
  const judging = judgingPhotos(database)
  database.function('judging', { deterministic: true }, (imageId: unknown) => (judging.has(Number(imageId)) ? 1 : 0))
  database.function('drawn', { deterministic: true }, (imageId: unknown) => (judging.has(Number(imageId)) || isHeldOut(Number(imageId), heldOut) ? 1 : 0))
  const work = database.transaction(() => {
    const { lastInsertRowid } = database
      .prepare('INSERT INTO snapshot (name, images, texts, corrections, held_out, created_at) VALUES (?, 0, 0, 0, 0, ?)')
      .run(name, time)
    database
      .prepare(
        `INSERT INTO snapshot_item (snapshot_id, image_id, kind, text, weight, held_out, replaces, rating, slot, author, accepted_at, error_types, content_hash)
         SELECT ?, image_id, kind, text, 1.0, held_out, replaces, rating, slot, author, accepted_at, error_types, content_hash
         FROM (${included}) JOIN image ON image.id = image_id ORDER BY image_id, kind, place`,
      )
      .run(lastInsertRowid)
    const snapshot = counted(database, Number(lastInsertRowid))
    if (snapshot.texts === 0) {
      throw new AppError('too-little-data', 'There is nothing to freeze yet: no image has a correction, an accepted caption or a reference.', {
        kept: 'Nothing was changed.',
        todo: 'Correct or accept some captions first.',
      })
    }
    return snapshot
  })
  return work.immediate()
}

/** Photos that judge an open case. */
function judgingPhotos(database: Database): Set<number> {
  const rows = database.prepare<[], number>('SELECT DISTINCT image_id FROM case_photo JOIN followed_case ON id = case_id WHERE judges = 1 AND verdict IS NULL')
  return new Set(rows.pluck().all())
}

/** Enters a snapshot that was frozen elsewhere. */
export function storeSnapshot(database: Database, { name, time }: { name: string; time: string }, items: readonly NewItem[]): Snapshot {
  const work = database.transaction(() => {
    const { lastInsertRowid } = database
      .prepare('INSERT INTO snapshot (name, images, texts, corrections, held_out, created_at) VALUES (?, 0, 0, 0, 0, ?)')
      .run(name, time)
    const insert = database.prepare(
      `INSERT INTO snapshot_item (snapshot_id, image_id, kind, text, weight, held_out, replaces, rating, content_hash)
       SELECT ?, id, ?, ?, ?, ?, ?, ?, content_hash FROM image WHERE id = ?`,
    )
    for (const { imageId, kind, text, weight, heldOut, replaces, rating } of items) {
      insert.run(lastInsertRowid, kind, text, weight, heldOut ? 1 : 0, replaces, rating, imageId)
    }
    return counted(database, Number(lastInsertRowid))
  })
  return work.immediate()
}

/** The snapshot with its items counted. */
function counted(database: Database, snapshotId: number): Snapshot {
  database
    .prepare(
      `UPDATE snapshot SET (images, texts, corrections, held_out) =
         (SELECT count(DISTINCT image_id) FILTER (WHERE kind <> 'rejected'), count(*) FILTER (WHERE kind <> 'rejected'), count(*) FILTER (WHERE kind = 'correction'),
            count(*) FILTER (WHERE kind = 'correction' AND held_out)
          FROM snapshot_item WHERE snapshot_id = snapshot.id)
       WHERE id = ?`,
    )
    .run(snapshotId)
  forgetOutdatedScores(database)
  return getSnapshot(database, snapshotId)
}

/** Scores against corrections that the newest snapshot does not hold out in the same words, all of them, were made against something else. */
function forgetOutdatedScores(database: Database): void {
  const heldOut = (snapshot: string): string =>
    `SELECT image_id, text FROM snapshot_item WHERE snapshot_id = (${snapshot}) AND kind = 'correction' AND held_out = 1`
  const [newest, before] = [heldOut('SELECT max(id) FROM snapshot'), heldOut('SELECT max(id) FROM snapshot WHERE id < (SELECT max(id) FROM snapshot)')]
  database
    .prepare(
      `DELETE FROM score WHERE reference_set = 'corrections' AND image_id IN (
         SELECT image_id FROM (${before} EXCEPT ${newest}) UNION SELECT image_id FROM (${newest} EXCEPT ${before}))`,
    )
    .run()
}

/** A fixed draw for each image, even over the ids (the finalizer of MurmurHash3). */
export function isHeldOut(imageId: number, share: number): boolean {
  let bits = imageId | 0
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return ((bits ^ (bits >>> 16)) >>> 0) / 2 ** 32 < share
}

const columns = 'id, name, images, texts, corrections, held_out AS heldOut, created_at AS createdAt'

export function listSnapshots(database: Database): Snapshot[] {
  return database.prepare<[], Snapshot>(`SELECT ${columns} FROM snapshot ORDER BY id DESC`).all()
}

/** @throws AppError `not-found` */
export function getSnapshot(database: Database, snapshotId: number): Snapshot {
  const snapshot = database.prepare<[number], Snapshot>(`SELECT ${columns} FROM snapshot WHERE id = ?`).get(snapshotId)
  if (!snapshot) throw new AppError('not-found', `There is no snapshot number ${snapshotId}.`, { todo: 'Freeze a snapshot first.' })
  return snapshot
}

/** The items of a snapshot, by image, in an order that is the same wherever the photos lie. */
export function snapshotItems(database: Database, snapshotId: number): SnapshotItem[] {
  return database
    .prepare<[number], Omit<SnapshotItem, 'heldOut' | 'draw'> & { heldOut: number; hash: string }>(
      `SELECT image_id AS imageId, content_hash AS hash, kind, text, weight, held_out AS heldOut, replaces, rating
       FROM snapshot_item WHERE snapshot_id = ? ORDER BY content_hash, image_id, id`,
    )
    .all(snapshotId)
    .map(({ hash, ...item }) => ({ ...item, draw: drawNumber(hash), heldOut: item.heldOut === 1 }))
}

/** The SHA-256 that each of a snapshot's photos had when it was frozen, by image. Under its name another one may lie now. */
export function snapshotContents(database: Database, snapshotId: number): Map<number, string> {
  const rows = database
    .prepare<[number], { imageId: number; hash: string }>('SELECT DISTINCT image_id AS imageId, content_hash AS hash FROM snapshot_item WHERE snapshot_id = ?')
    .all(snapshotId)
  return new Map(rows.map(({ imageId, hash }) => [imageId, hash]))
}

/** Photos that nobody captioned: not among the snapshot's items, and of no split that is judged by. */
export function unlabelledImages(database: Database, snapshotId: number): DrawnImage[] {
  return database
    .prepare<[number], { imageId: number; hash: string }>(
      `SELECT id AS imageId, content_hash AS hash FROM image
       WHERE split NOT IN ('dev', 'test') AND id NOT IN (SELECT image_id FROM snapshot_item WHERE snapshot_id = ?) ORDER BY content_hash, id`,
    )
    .all(snapshotId)
    .map(({ imageId, hash }) => ({ imageId, draw: drawNumber(hash) }))
}

/** Corrections that no snapshot trained on, of photos that are there as they were then: image id → its texts, from the newest snapshot. */
export function heldOutCorrections(database: Database): Map<number, string[]> {
  const rows = database
    .prepare<[], { imageId: number; text: string }>(
      `SELECT image_id AS imageId, text FROM snapshot_item JOIN image ON image.id = image_id AND image.content_hash = snapshot_item.content_hash
       WHERE snapshot_id = (SELECT max(id) FROM snapshot) AND kind = 'correction' AND held_out = 1 ORDER BY image_id, snapshot_item.id`,
    )
    .all()
  return textsByImage(rows)
}
