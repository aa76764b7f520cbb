/** Numbered migrations: each runs once, in a transaction, after a copy of the database was put into backups/. */
import { mkdir } from 'node:fs/promises'
import type { Database } from 'better-sqlite3'
import { AppError } from '#shared/errors.ts'
import { backUp } from './backups.ts'
import type { WorkspaceLayout } from './layout.ts'
import type { Migration } from './migration.ts'
import { firstSchema } from './migrations/0001-0010/0001-first-schema.ts'
import { scoreStatistics } from './migrations/0001-0010/0002-score-statistics.ts'
import { failures } from './migrations/0001-0010/0003-failures.ts'
import { guidelines } from './migrations/0001-0010/0004-guidelines.ts'
import { writing } from './migrations/0001-0010/0005-writing.ts'
import { sourceIds } from './migrations/0001-0010/0006-source-ids.ts'
import { regionHistory } from './migrations/0001-0010/0007-region-history.ts'
import { externalModels } from './migrations/0001-0010/0008-external-models.ts'
import { exchange } from './migrations/0001-0010/0009-exchange.ts'
import { lineage } from './migrations/0001-0010/0010-lineage.ts'
import { labels } from './migrations/0011-0020/0011-labels.ts'
import { photoLists } from './migrations/0011-0020/0012-photo-lists.ts'
import { severalCaptions } from './migrations/0011-0020/0013-several-captions.ts'
import { authors } from './migrations/0011-0020/0014-authors.ts'
import { earlierPhotos } from './migrations/0011-0020/0015-earlier-photos.ts'
import { countedPhotos } from './migrations/0011-0020/0016-counted-photos.ts'
import { frozenCaptions } from './migrations/0011-0020/0017-frozen-captions.ts'
import { slices } from './migrations/0011-0020/0018-slices.ts'
import { maps } from './migrations/0011-0020/0019-maps.ts'
import { votes } from './migrations/0011-0020/0020-votes.ts'
import { cases } from './migrations/0021-0030/0021-cases.ts'
import { authorTriggers } from './migrations/0021-0030/0022-author-triggers.ts'
import { clusters } from './migrations/0021-0030/0023-clusters.ts'
import { learnedCounts } from './migrations/0021-0030/0024-learned-counts.ts'

export const migrations: readonly Migration[] = [
  firstSchema,
  scoreStatistics,
  failures,
  guidelines,
  writing,
  sourceIds,
  regionHistory,
  externalModels,
  exchange,
  lineage,
  labels,
  photoLists,
  severalCaptions,
  authors,
  earlierPhotos,
  countedPhotos,
  frozenCaptions,
  slices,
  maps,
  votes,
  cases,
  authorTriggers,
  clusters,
  learnedCounts,
]

export const schemaVersion = migrations.length

/**
 * Brings the schema up to date.
 * @throws AppError `newer-version` where a newer Capstan wrote the workspace
 */
export async function migrate(database: Database, layout: WorkspaceLayout, steps: readonly Migration[] = migrations): Promise<void> {
  const current = Number(database.pragma('user_version', { simple: true }))
  const newest = steps.length
  if (current > newest) {
    throw new AppError('newer-version', `This workspace was written by a newer Capstan (schema ${current}; this one knows ${newest}).`, {
      kept: 'It was not changed.',
      todo: 'Update Capstan.',
    })
  }
  if (current === newest) return
  if (current > 0) {
    await mkdir(layout.backups, { recursive: true })
    const time = new Date().toISOString().replaceAll(':', '-')
    await backUp(database, layout.backups, `workspace-schema-${current}-${time}.db`)
  }
  for (const { version, prepare, sql } of steps.slice(current)) {
    prepare?.(database)
    database.transaction(() => {
      database.exec(sql)
      database.pragma(`user_version = ${version}`)
    })()
  }
}
