/** Maps as they are stored: one for each model, set, basis and encoder. */
import type { VerbParsed } from '#shared/api.ts'
import { AppError } from '#shared/errors.ts'
import type { JobBatch } from '#shared/jobs.ts'
import type { SetMap } from '#shared/slices/maps.ts'
import { modelNumber } from '../../repositories/models.ts'
import { prepared, type Database } from '../../storage/database.ts'

export type MapPlace = Pick<VerbParsed<'maps.open'>, 'modelId' | 'set' | 'basis' | 'encoderId'>

export interface StoredMap extends SetMap {
  state: string
}

type Row = { [Name in 'images' | 'points' | 'neighbours']: Buffer } & { state: string; perPoint: number; madeAt: string }

/** Puts a map in place of the one of the same place. */
export function writeMap(database: Database, map: Extract<JobBatch, { kind: 'map' }>, time: string): void {
  prepared<[Record<string, unknown>]>(
    database,
    `INSERT OR REPLACE INTO set_map (model_number, image_set, basis, encoder_id, state, images, points, neighbours, per_point, made_at)
     VALUES (@modelNumber, @set, @basis, @encoder, @state, @images, @points, @neighbours, @perPoint, @time)`,
  ).run({
    ...placeOf(database, map),
    state: map.state,
    images: Buffer.from(map.images),
    points: Buffer.from(map.points),
    neighbours: Buffer.from(map.neighbours),
    perPoint: map.perPoint,
    time,
  })
}

/** Null where none was computed. @throws AppError `corrupt` */
export function readMap(database: Database, place: MapPlace): StoredMap | null {
  const row = prepared<[Record<string, unknown>], Row>(
    database,
    `SELECT images, points, neighbours, state, per_point AS perPoint, made_at AS madeAt FROM set_map
     WHERE model_number = @modelNumber AND image_set = @set AND basis = @basis AND encoder_id = @encoder`,
  ).get(placeOf(database, place))
  if (row === undefined) return null
  const images = new Int32Array(aligned(row.images))
  const points = new Float32Array(aligned(row.points))
  const neighbours = new Int32Array(aligned(row.neighbours))
  const { state, perPoint, madeAt } = row
  const fits = points.length === 2 * images.length && neighbours.length === perPoint * images.length
  if (!fits || neighbours.some((neighbour) => neighbour < 0 || neighbour >= images.length)) {
    throw new AppError('corrupt', 'The map in the workspace’s database is damaged.', { kept: 'Photos and scores are.', todo: 'Compute it again.' })
  }
  return { images, points, neighbours, state, perPoint, madeAt }
}

function placeOf(database: Database, { modelId, set, basis, encoderId }: MapPlace): Record<string, unknown> {
  return { modelNumber: modelNumber(database, modelId), set, basis, encoder: encoderId ?? '' }
}

/** The bytes by themselves, where a view of them may begin. */
function aligned(bytes: Buffer): ArrayBuffer {
  return Uint8Array.from(bytes.subarray(0, bytes.length - (bytes.length % 4))).buffer
}
