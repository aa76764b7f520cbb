/** Models of which only captions are known, and their versions. */
import type { Database } from '../storage/database.ts'

export interface NewExternalModel {
  family: string
  note: string
  licence: string
  file: string
  contentHash: string
}

/** The newest version of a name; null where there is none. */
export function newestExternal(database: Database, family: string): { id: string; version: number; contentHash: string } | null {
  return (
    database
      .prepare<[string], { id: string; version: number; contentHash: string }>(
        `SELECT model.id, version, content_hash AS contentHash FROM external_model JOIN model ON number = model_number
         WHERE family = ? ORDER BY version DESC LIMIT 1`,
      )
      .get(family) ?? null
  )
}

/** Enters the next version of a name, whose parent is the version before, and returns its id. Called inside a transaction. */
export function insertExternal(database: Database, { family, note, licence, file, contentHash }: NewExternalModel, time: string): string {
  const former = newestExternal(database, family)
  const version = (former?.version ?? 0) + 1
  const id = freeId(database, family, version)
  const { lastInsertRowid } = database
    .prepare(
      `INSERT INTO model (id, name, architecture, parameters, encoder_id, parent_id, origin, folder, created_at)
       VALUES (@id, @name, '', 0, '', @parentId, 'imported', '', @time)`,
    )
    .run({ id, name: version === 1 ? family : `${family}, version ${version}`, parentId: former?.id ?? null, time })
  database
    .prepare(
      `INSERT INTO external_model (model_number, family, version, note, licence, file, content_hash)
       VALUES (@number, @family, @version, @note, @licence, @file, @contentHash)`,
    )
    .run({ number: Number(lastInsertRowid), family, version, note, licence, file, contentHash })
  return id
}

function freeId(database: Database, family: string, version: number): string {
  const plain = family
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
  const taken = database.prepare('SELECT 1 FROM model WHERE id = ?')
  const base = `external-${plain === '' ? 'model' : plain.slice(0, 100)}-v${version}`
  let id = base
  for (let more = 2; taken.get(id) !== undefined; more += 1) id = `${base}-${more}`
  return id
}
