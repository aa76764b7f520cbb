/** What was exported, when and from which snapshot. */
import { exportFormat, exportSettingsSchema, type ExportRecord } from '#shared/exchange.ts'
import type { JobBatch } from '#shared/jobs.ts'
import type { Database } from '../storage/database.ts'
import { storedJson } from '../storage/stored-json.ts'

export function recordExport(database: Database, { settings, ...written }: Extract<JobBatch, { kind: 'exported' }>, author: string, time: string): void {
  const { file, snapshotId, scope, ...kept } = settings
  // Of a selection its size says enough: hundreds of thousands of ids do not.
  const json = JSON.stringify({ ...kept, scope: scope.imageIds === undefined ? scope : {}, selected: scope.imageIds?.length })
  const { photos, captions, contentHash } = written
  database
    .prepare(
      `INSERT INTO export (settings, snapshot_id, photos, captions, path, content_hash, author, created_at)
       VALUES (@json, @snapshotId, @photos, @captions, @file, @contentHash, @author, @time)`,
    )
    .run({ json, snapshotId, photos, captions, file, contentHash, author, time })
}

type StoredExport = Omit<ExportRecord, 'what' | 'format' | 'details'> & { settings: string }

/** Newest first. */
export function listExports(database: Database): ExportRecord[] {
  const rows = database
    .prepare<[], StoredExport>(
      `SELECT export.id, settings, snapshot.name AS snapshot, photos, export.captions, path, content_hash AS contentHash, author, export.created_at AS createdAt
       FROM export LEFT JOIN snapshot ON snapshot.id = snapshot_id ORDER BY export.id DESC LIMIT 200`,
    )
    .all()
  return rows.map(({ settings, ...row }) => {
    const { what, details, ...told } = storedJson(settingsSchema, settings)
    return { ...row, what, details, format: exportFormat({ what, ...told }) }
  })
}

const settingsSchema = exportSettingsSchema.pick({ what: true, format: true, details: true })
