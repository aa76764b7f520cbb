/** Boxes drawn, changed and deleted: each change and its undo entry in one transaction. */
import type { VerbParsed } from '#shared/api.ts'
import type { Region } from '#shared/domain.ts'
import { recordAction, type RegionChange } from '../repositories/actions.ts'
import { getImage } from '../repositories/images.ts'
import { deleteRegion, getRegion, newRegionId, writeRegion } from '../repositories/regions.ts'
import type { ReviewContext } from './review-context.ts'

/** @throws AppError `not-found` for an image that is not there */
export function drawRegion(context: ReviewContext, drawn: VerbParsed<'regions.add'>): Region {
  const { database, author } = context
  return change(context, 'Draw', () => {
    const region = { ...drawn, id: newRegionId(database), score: null, source: author || 'annotator' }
    writeRegion(database, region)
    return { region, before: null, after: region }
  })
}

/** Moves, resizes or renames a region. @throws AppError `not-found` */
export function changeRegion(context: ReviewContext, { regionId, ...part }: VerbParsed<'regions.change'>): Region {
  const { database } = context
  return change(context, 'Change', () => {
    const before = getRegion(database, regionId)
    const after = { ...before, ...part }
    writeRegion(database, after)
    return { region: after, before, after }
  })
}

/** @throws AppError `not-found` */
export function removeRegion(context: ReviewContext, regionId: number): void {
  const { database } = context
  change(context, 'Delete', () => {
    const before = getRegion(database, regionId)
    deleteRegion(database, regionId)
    return { region: before, before, after: null }
  })
}

function change({ database, author, time }: ReviewContext, verb: string, work: () => { region: Region } & Pick<RegionChange, 'before' | 'after'>): Region {
  const transaction = database.transaction(() => {
    const { region, before, after } = work()
    const name = region.label === '' ? 'a box' : `the box “${region.label}”`
    const description = `${verb} ${name} in ${getImage(database, region.imageId).fileName}`
    recordAction(database, description, author, { reviews: [], regions: [{ regionId: region.id, imageId: region.imageId, before, after }] }, time)
    return region
  })
  return transaction.immediate()
}

/** Puts regions back to one side of an action. */
export function restoreRegions({ database }: ReviewContext, changes: readonly RegionChange[], side: 'before' | 'after'): void {
  for (const { regionId, [side]: region } of changes) {
    if (region === null) deleteRegion(database, regionId)
    else writeRegion(database, region)
  }
}
