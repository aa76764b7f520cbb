/** Clusters as they are stored. What a kept slice or a case holds stays; of what nothing holds, the newest of each model, set, basis and encoder. */
import { AppError } from '#shared/errors.ts'
import type { JobBatch } from '#shared/jobs.ts'
import { clusterBases, type ClusterBasis } from '#shared/slices/clusters.ts'
import { modelNumber } from '../../repositories/models.ts'
import { prepared, type Database } from '../../storage/database.ts'
import type { MappedSet } from '../maps/mapped-images.ts'

export interface StoredClusters {
  id: number
  basis: ClusterBasis
  encoderId: string | null
  state: string
  clusters: number
  madeAt: string
}

/** Each image's cluster, with `fittedBit` where the clusters were fitted to it. */
export interface ClusterPlaces {
  /** ids, rising */
  images: Int32Array
  places: Uint8Array
}

/** Puts clusters in place of the earlier ones that no slice and no case holds. */
export function writeClusters(database: Database, found: Extract<JobBatch, { kind: 'clusters' }>, time: string): void {
  const place = { modelNumber: modelNumber(database, found.modelId), set: found.set, basis: found.basis, encoder: found.encoderId ?? '' }
  const held = (table: string): string =>
    `SELECT json_extract(value, '$.clusteringId') FROM ${table}, json_each(filters) WHERE json_extract(value, '$.by') = 'cluster'`
  prepared<[Record<string, unknown>]>(
    database,
    `DELETE FROM set_clusters WHERE model_number = @modelNumber AND image_set = @set AND basis = @basis AND encoder_id = @encoder
       AND id NOT IN (${held('slice')}) AND id NOT IN (${held('followed_case')})`,
  ).run(place)
  prepared<[Record<string, unknown>]>(
    database,
    `INSERT INTO set_clusters (model_number, image_set, basis, encoder_id, state, images, places, clusters, made_at)
     VALUES (@modelNumber, @set, @basis, @encoder, @state, @images, @places, @clusters, @time)`,
  ).run({ ...place, state: found.state, images: Buffer.from(found.images), places: Buffer.from(found.places), clusters: found.clusters, time })
}

/** The newest of each basis and encoder. */
export function newestClusters(database: Database, { modelNumber: number, set }: MappedSet): StoredClusters[] {
  const rows = prepared<[number, string], Omit<StoredClusters, 'encoderId'> & { encoder: string }>(
    database,
    `SELECT id, basis, encoder_id AS encoder, state, clusters, made_at AS madeAt FROM set_clusters
     WHERE id IN (SELECT max(id) FROM set_clusters WHERE model_number = ? AND image_set = ? GROUP BY basis, encoder_id)`,
  ).all(number, set)
  return rows
    .map(({ encoder, ...row }) => ({ ...row, encoderId: encoder === '' ? null : encoder }))
    .sort((a, b) => clusterBases.indexOf(a.basis) - clusterBases.indexOf(b.basis) || a.id - b.id)
}

/** Null where they are there no more. @throws AppError `corrupt` */
export function readClusters(database: Database, id: number): ClusterPlaces | null {
  const row = prepared<[number], { images: Buffer; places: Buffer }>(database, 'SELECT images, places FROM set_clusters WHERE id = ?').get(id)
  if (row === undefined) return null
  const images = new Int32Array(Uint8Array.from(row.images.subarray(0, row.images.length - (row.images.length % 4))).buffer)
  if (images.length !== row.places.length) {
    throw new AppError('corrupt', 'Clusters in the workspace’s database are damaged.', { kept: 'Photos and scores are.', todo: 'Find the clusters again.' })
  }
  return { images, places: Uint8Array.from(row.places) }
}
