/** A case's whole story: the photos that show it, what was corrected, what was frozen, and the models that learned from it. */
import type { Case, CaseModel, CasePage, CaseSnapshot } from '#shared/cases/cases.ts'
import { addTo, emptySample } from '#engine/metrics/statistics/intervals.ts'
import { openFrame } from '../failures/frame.ts'
import { againstRest } from '../failures/look.ts'
import { worstAmong } from '../failures/worst-images.ts'
import { listEvaluations, listModels } from '../repositories/models.ts'
import { listSnapshots } from '../repositories/snapshots.ts'
import type { Database } from '../storage/database.ts'
import { caseImages, queryOf, requireCase } from './cases.ts'
import { snapshotsOf } from './learned-photos.ts'

const mostWorst = 7

/** @throws AppError `not-found` */
export function* pageSteps(database: Database, caseId: number): Generator<void, CasePage> {
  const one = requireCase(database, caseId)
  const query = queryOf(database, one)
  const whole = new Set(caseImages(database, caseId, 'all'))
  const frame = yield* openFrame(database, query)
  const [all, part] = [emptySample(), emptySample()]
  const scored: { imageId: number; score: number }[] = []
  if (frame !== null) {
    const [{ scores }] = frame.sides
    for (const [place, imageId] of frame.images.entries()) {
      if (frame.counted[place] === 0) continue
      addTo(all, scores[place])
      if (!whole.has(imageId)) continue
      addTo(part, scores[place])
      scored.push({ imageId, score: scores[place] })
    }
  }
  yield
  const worst = scored.sort((a, b) => a.score - b.score || a.imageId - b.imageId).slice(0, mostWorst)
  const snapshots = snapshotsOfCase(database, caseId)
  return {
    ...one,
    found: scored.length === 0 ? null : againstRest(all, part),
    worst: worstAmong(
      database,
      query,
      worst.map(({ imageId }) => imageId),
    ),
    snapshots,
    models: modelsOfCase(database, one, new Set(snapshots.map(({ snapshot }) => snapshot.id))),
  }
}

/** Snapshots with corrections of photos of the case's list to learn from, the oldest first. */
function snapshotsOfCase(database: Database, caseId: number): CaseSnapshot[] {
  const found = new Map(
    database
      .prepare<[number], { snapshotId: number; corrections: number }>(
        `SELECT snapshot_id AS snapshotId, count(*) AS corrections
         FROM snapshot_item JOIN photo_list_item ON photo_list_item.image_id = snapshot_item.image_id
         JOIN followed_case ON followed_case.list_id = photo_list_item.list_id
         WHERE followed_case.id = ? AND kind = 'correction' AND snapshot_item.held_out = 0
         GROUP BY snapshot_id`,
      )
      .all(caseId)
      .map(({ snapshotId, corrections }) => [snapshotId, corrections]),
  )
  return listSnapshots(database)
    .filter(({ id }) => found.has(id))
    .map((snapshot) => ({ snapshot, corrections: found.get(snapshot.id) ?? 0 }))
    .reverse()
}

/** Models that learned from the case, these first, and others that its set is scored with; the case's own is none of them. */
function modelsOfCase(database: Database, { modelId: own, set }: Case, snapshots: ReadonlySet<number>): CaseModel[] {
  const scoredModels = new Set(listEvaluations(database).flatMap((evaluation) => (evaluation.set === set ? [evaluation.modelId] : [])))
  const models = listModels(database)
  const ofCase = models.flatMap(({ id, name, snapshotId }) => {
    const taught = snapshotsOf(models, id).some((snapshot) => snapshots.has(snapshot))
    const scored = scoredModels.has(id)
    return id !== own && (taught || scored) ? [{ modelId: id, name, snapshotId, taught, scored }] : []
  })
  return ofCase.sort((a, b) => Number(b.taught) - Number(a.taught))
}
