/** The full-text index: one document for each image, rebuilt whenever one of its texts changes. */
import { prepared, type Database } from '../storage/database.ts'
import type { IdQuery } from '../storage/id-scans.ts'

/** Rebuilds the documents of some images. */
export function refreshImageText(database: Database, imageIds: Iterable<number>): void {
  const words = database
    .prepare<{ id: number }, string | null>(
      `SELECT (SELECT file_name FROM image WHERE id = @id)
         || ' ' || coalesce((SELECT group_concat(text, ' ') FROM caption WHERE image_id = @id AND superseded = 0), '')
         || ' ' || coalesce((SELECT group_concat(text, ' ') FROM reference WHERE image_id = @id AND standing = 1), '')
         || ' ' || coalesce((SELECT group_concat(text, ' ') FROM review WHERE image_id = @id), '')`,
    )
    .pluck()
  const write = database.prepare('INSERT OR REPLACE INTO image_text (rowid, words) VALUES (?, ?)')
  for (const id of imageIds) write.run(id, words.get({ id }) ?? '')
}

/**
 * Queries for what a person typed, each of which must name an image: every word must occur, at least as the beginning of one; what has no letter
 * or digit (`%`, `_`, `?!`) must occur as it is, which the index does not know.
 */
export function textQueries(typed: string): IdQuery[] {
  const terms = typed.normalize('NFC').split(/\s+/u).filter(Boolean)
  const words = terms.flatMap((term) => term.match(/[\p{L}\p{N}]+/gu) ?? [])
  const signs = terms.filter((term) => !/[\p{L}\p{N}]/u.test(term))
  return [
    ...(words.length === 0
      ? []
      : [{ sql: 'SELECT rowid FROM image_text WHERE image_text MATCH ?', values: [words.map((word) => `"${word}" *`).join(' AND ')] }]),
    ...signs.map((sign) => ({
      sql: `SELECT id FROM image WHERE instr(file_name, ?) UNION SELECT image_id FROM caption WHERE superseded = 0 AND instr(text, ?)
        UNION SELECT image_id FROM reference WHERE standing = 1 AND instr(text, ?) UNION SELECT image_id FROM review WHERE instr(text, ?)`,
      values: [sign, sign, sign, sign],
    })),
  ]
}

/** A word that more images hold tells few of them apart: it is looked for only together with others. */
const mostTold = 10_000

/**
 * Training images whose texts share most with some words, those with the rarest words first: each word counts by how few images hold it, and words that very
 * many hold count where one image holds all of them. What the index holds are the texts of images, candidates among them, so this only says where to look.
 */
export function trainingImagesLike(database: Database, words: readonly string[], besides: number, limit: number): number[] {
  const holding = prepared<[string, number], number>(database, 'SELECT rowid FROM image_text WHERE image_text MATCH ? LIMIT ?').pluck()
  const weights = new Map<number, number>()
  const total = prepared<[], number>(database, 'SELECT count(*) FROM image').pluck().get() ?? 0
  const count = (ids: readonly number[]): void => {
    const weight = Math.log((1 + total) / Math.max(1, ids.length))
    for (const id of ids) weights.set(id, (weights.get(id) ?? 0) + weight)
  }
  const common = words.filter((word) => {
    const ids = holding.all(`"${word}"`, mostTold + 1)
    if (ids.length > mostTold) return true
    count(ids)
    return false
  })
  if (common.length > 0) count(holding.all(common.map((word) => `"${word}"`).join(' AND '), mostTold))
  const likely = [...weights].sort(([one, weight], [other, otherWeight]) => otherWeight - weight || one - other).map(([id]) => id)
  return prepared<[string, number, number], number>(
    database,
    `SELECT image.id FROM json_each(?) AS wanted JOIN image ON image.id = wanted.value AND split = 'train' AND image.id <> ? ORDER BY wanted.key LIMIT ?`,
  )
    .pluck()
    .all(JSON.stringify(likely), besides, limit)
}
