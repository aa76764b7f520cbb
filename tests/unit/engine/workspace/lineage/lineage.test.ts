/** The sample's lineage: a captioner, its candidates, corrections of them, the snapshot that froze these, the model that learned from it, a case. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Lineage, LineageRef } from '#shared/lineage/lineage.ts'
import { openSteps } from '#engine/workspace/cases/cases.ts'
import { lineageOf } from '#engine/workspace/lineage/lineage.ts'
import { copyTemplate } from '#engine/workspace/sample.ts'
import { inSlices } from '#engine/workspace/slices.ts'
import { closeDatabase, openDatabase, type Database } from '#engine/workspace/storage/database.ts'

let folder: string
let database: Database
let caseId: number
const base = 'scene-captioner'

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capstan-lineage-'))
  await copyTemplate(resolve(import.meta.dirname, '../../../../../resources/sample'), join(folder, 'sample'))
  database = await openDatabase(join(folder, 'sample'), false)
  const opened = await inSlices(
    openSteps(
      { database, author: 'Ada', time: '2026-01-01T00:00:00.000Z' },
      { name: 'Snow', note: '', modelId: base, set: 'all', metric: 'CIDEr', filters: [{ by: 'reference-word', word: 'snowy' }] },
    ),
  )
  caseId = opened.id
})
afterAll(async () => {
  closeDatabase(database)
  await rm(folder, { recursive: true, maxRetries: 5 })
})

const steps = (edges: Lineage['to'], how: string): LineageRef[] => edges.filter((edge) => edge.how === how).map(({ node }) => node.ref)

describe('lineage', () => {
  test('is walked from a candidate to its correction, the snapshot, the model that learned from it, and back', () => {
    // The first correction of a candidate that a snapshot holds.
    const captionId = database
      .prepare<[], number>(
        `SELECT candidate_id FROM correction JOIN snapshot_item ON snapshot_item.image_id = correction.image_id AND snapshot_item.text = correction.text
         WHERE candidate_id IS NOT NULL ORDER BY correction.id LIMIT 1`,
      )
      .pluck()
      .get()!
    const caption = lineageOf(database, { kind: 'caption', captionId })
    expect(steps(caption.from, 'written by')).toEqual([{ kind: 'model', modelId: base }])
    const [correctionRef] = steps(caption.to, 'corrected to')
    const correction = lineageOf(database, correctionRef)
    expect(correction.node.imageId).toBe(caption.node.imageId)
    expect(steps(correction.from, 'instead of')).toEqual([{ kind: 'caption', captionId }])
    const [snapshotRef] = steps(correction.to, 'frozen in')
    const snapshot = lineageOf(database, snapshotRef)
    expect(snapshot.from.length).toBeGreaterThan(1)
    const [childRef] = steps(snapshot.to, 'taught')
    const child = lineageOf(database, childRef)
    expect(steps(child.from, 'fine-tuned from')).toEqual([{ kind: 'model', modelId: base }])
    expect(steps(child.from, 'learned from')).toEqual([snapshotRef])
    expect(steps(lineageOf(database, { kind: 'model', modelId: base }).to, 'fine-tuned to')).toEqual([childRef])
  })

  test('leads from a model to the case of its weakness, and from there to the snapshot that holds its corrections', () => {
    const [found] = steps(lineageOf(database, { kind: 'model', modelId: base }).to, 'its weakness is followed in')
    expect(found).toEqual({ kind: 'case', caseId })
    const one = lineageOf(database, found)
    expect(steps(one.from, 'a weakness of')).toEqual([{ kind: 'model', modelId: base }])
    const [snapshotRef] = steps(one.to, 'its corrections are in')
    expect(steps(lineageOf(database, snapshotRef).from, 'holds corrections of')).toEqual([{ kind: 'case', caseId }])
  })

  test('of what is gone is refused by name', () => {
    expect(() => lineageOf(database, { kind: 'caption', captionId: 10 ** 9 })).toThrow('That caption is no longer there')
    expect(() => lineageOf(database, { kind: 'correction', correctionId: 10 ** 9 })).toThrow('That correction is no longer there')
    expect(() => lineageOf(database, { kind: 'case', caseId: 10 ** 9 })).toThrow('That case is no longer there')
  })
})
