/** Undo and redo as rows: done actions by falling id are the undo stack, undone ones by rising id the redo stack. */
import { z } from 'zod'
import type { CaptionPlace, Region } from '#shared/domain.ts'
import { storedReferenceSchema, type StoredReference } from './references.ts'
import type { Database } from '../storage/database.ts'
import { storedJson } from '../storage/stored-json.ts'
import { standingSchema, type Standing } from './reviews.ts'

/** A photo's caption before and after an action. */
export interface ActionChange extends CaptionPlace {
  before: Standing
  after: Standing
}

/** A box of an image before and after an action; null where it was not there. */
export interface RegionChange {
  regionId: number
  imageId: number
  before: Region | null
  after: Region | null
}

/** What is arranged of an image (labels/arranging.ts) before and after an action. */
export interface ImageChange {
  imageId: number
  before: unknown
  after: unknown
}

/** A reference of an image before and after an action; null where it was not there. */
export interface ReferenceChange {
  referenceId: number
  imageId: number
  before: StoredReference | null
  after: StoredReference | null
}

export const regionSchema: z.ZodType<Region> = z.object({
  id: z.number(),
  imageId: z.number(),
  left: z.number(),
  top: z.number(),
  width: z.number(),
  height: z.number(),
  label: z.string(),
  score: z.number().nullable(),
  source: z.string(),
})

export interface StoredAction {
  id: number
  description: string
}

export type Side = 'undo' | 'redo'

interface Changes {
  reviews?: readonly ActionChange[]
  regions?: readonly RegionChange[]
  references?: readonly ReferenceChange[]
  images?: readonly ImageChange[]
}

/** Records a change and forgets what could have been redone. */
export function recordAction(
  database: Database,
  description: string,
  author: string,
  { reviews = [], regions = [], references = [], images = [] }: Changes,
  time: string,
): void {
  database.prepare('DELETE FROM action WHERE undone = 1').run()
  const { lastInsertRowid } = database.prepare('INSERT INTO action (description, author, created_at) VALUES (?, ?, ?)').run(description, author, time)
  const insert = database.prepare('INSERT INTO action_change (action_id, image_id, slot, before, after) VALUES (?, ?, ?, ?, ?)')
  for (const { imageId, slot, before, after } of reviews) insert.run(lastInsertRowid, imageId, slot, JSON.stringify(before), JSON.stringify(after))
  const insertRegion = database.prepare('INSERT INTO action_region (action_id, region_id, image_id, before, after) VALUES (?, ?, ?, ?, ?)')
  const json = (region: Region | null): string | null => (region === null ? null : JSON.stringify(region))
  for (const { regionId, imageId, before, after } of regions) insertRegion.run(lastInsertRowid, regionId, imageId, json(before), json(after))
  const insertReference = database.prepare('INSERT INTO action_reference (action_id, reference_id, image_id, before, after) VALUES (?, ?, ?, ?, ?)')
  for (const { referenceId, imageId, before, after } of references) {
    insertReference.run(lastInsertRowid, referenceId, imageId, before && JSON.stringify(before), after && JSON.stringify(after))
  }
  const insertImage = database.prepare('INSERT INTO action_image (action_id, image_id, before, after) VALUES (?, ?, ?, ?)')
  for (const { imageId, before, after } of images) insertImage.run(lastInsertRowid, imageId, JSON.stringify(before), JSON.stringify(after))
}

/** Takes out the steps that concern nothing any more. */
export function removeEmptyActions(database: Database): void {
  database
    .prepare(
      `DELETE FROM action WHERE NOT EXISTS (SELECT 1 FROM action_change WHERE action_id = action.id)
         AND NOT EXISTS (SELECT 1 FROM action_region WHERE action_id = action.id)
         AND NOT EXISTS (SELECT 1 FROM action_image WHERE action_id = action.id)
         AND NOT EXISTS (SELECT 1 FROM action_reference WHERE action_id = action.id)`,
    )
    .run()
}

/** The action that undo or redo would turn next. */
export function nextAction(database: Database, side: Side): StoredAction | undefined {
  const sql =
    side === 'undo'
      ? 'SELECT id, description FROM action WHERE undone = 0 ORDER BY id DESC LIMIT 1'
      : 'SELECT id, description FROM action WHERE undone = 1 ORDER BY id LIMIT 1'
  return database.prepare<[], StoredAction>(sql).get()
}

export function actionChanges(database: Database, actionId: number): ActionChange[] {
  return database
    .prepare<[number], CaptionPlace & { before: string; after: string }>(
      'SELECT image_id AS imageId, slot, before, after FROM action_change WHERE action_id = ? ORDER BY image_id, slot',
    )
    .all(actionId)
    .map(({ imageId, slot, before, after }) => ({
      imageId,
      slot,
      before: storedJson(standingSchema, before),
      after: storedJson(standingSchema, after),
    }))
}

export function actionRegions(database: Database, actionId: number): RegionChange[] {
  const region = (json: string | null): Region | null => (json === null ? null : storedJson(regionSchema, json))
  return database
    .prepare<[number], { regionId: number; imageId: number; before: string | null; after: string | null }>(
      'SELECT region_id AS regionId, image_id AS imageId, before, after FROM action_region WHERE action_id = ? ORDER BY region_id',
    )
    .all(actionId)
    .map(({ before, after, ...ids }) => ({ ...ids, before: region(before), after: region(after) }))
}

export function actionReferences(database: Database, actionId: number): ReferenceChange[] {
  const stored = (json: string | null): StoredReference | null => (json === null ? null : storedJson(storedReferenceSchema, json))
  return database
    .prepare<[number], { referenceId: number; imageId: number; before: string | null; after: string | null }>(
      'SELECT reference_id AS referenceId, image_id AS imageId, before, after FROM action_reference WHERE action_id = ? ORDER BY reference_id',
    )
    .all(actionId)
    .map(({ before, after, ...ids }) => ({ ...ids, before: stored(before), after: stored(after) }))
}

/** Moves an action to the other stack, remembering the standing that was left (a draft may have been typed since). */
export function turnAction(database: Database, actionId: number, side: Side, left: readonly (CaptionPlace & { standing: Standing })[]): void {
  database.prepare('UPDATE action SET undone = ? WHERE id = ?').run(side === 'undo' ? 1 : 0, actionId)
  const column = side === 'undo' ? 'after' : 'before'
  const update = database.prepare(`UPDATE action_change SET ${column} = ? WHERE action_id = ? AND image_id = ? AND slot = ?`)
  for (const { imageId, slot, standing } of left) update.run(JSON.stringify(standing), actionId, imageId, slot)
}
