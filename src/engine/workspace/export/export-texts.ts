/** What an export holds: which images, under which ids, with which texts. */
import type { EvaluationSet, ImageId } from '#shared/domain.ts'
import { AppError, assertNever } from '#shared/errors.ts'
import type { Database } from '../storage/database.ts'
import { imagesOfSet } from '../scores/image-sets.ts'
import { getImages } from '../repositories/images.ts'
import { modelNumber } from '../repositories/models.ts'

export interface ExportedImage {
  /** COCO's id where all exported images have one of their own, else the workspace's. */
  id: ImageId
  fileName: string
  width: number
  height: number
  text: string
}

export interface Exported {
  images: ExportedImage[]
  /** Whether the ids are those of the imported COCO files, or the workspace's own numbers because not every image has one of its own. */
  ids: 'source' | 'workspace'
}

export interface ExportQuery {
  what: 'candidates' | 'reviewed' | 'corrections'
  modelId: string | null
  set: EvaluationSet
}

/** @throws AppError `bad-input` for candidates of no model, `too-little-data` where there is nothing to export */
export function exportedImages(database: Database, { what, modelId, set }: ExportQuery): Exported {
  const texts = new Map<number, string>()
  for (const { imageId, text } of textsOf(database, what, modelId)) texts.set(imageId, text)
  const images = getImages(
    database,
    imagesOfSet(database, set).filter((imageId) => texts.has(imageId)),
  )
  if (images.length === 0) {
    throw new AppError('too-little-data', `There are no ${names[what]} to export in the set “${set}”.`, { kept: 'No file was written.', todo: missing[what] })
  }
  const sourceIds = new Set(images.map(({ sourceId }) => sourceId))
  const useSourceIds = sourceIds.size === images.length && !sourceIds.has(null)
  const rows = images.map(({ id, sourceId, fileName, width, height }) => ({
    id: useSourceIds ? (sourceId ?? id) : id,
    fileName,
    width,
    height,
    text: texts.get(id) ?? '',
  }))
  return { images: rows, ids: useSourceIds ? 'source' : 'workspace' }
}

const names = { candidates: 'candidates of this model', reviewed: 'reviewed captions', corrections: 'corrections' } as const

const missing = {
  candidates: 'Caption the images with this model first, or choose another set.',
  reviewed: 'Accept or correct some captions first, or choose another set.',
  corrections: 'Correct some captions first, or choose another set.',
} as const

interface TextRow {
  imageId: number
  text: string
}

function textsOf(database: Database, what: ExportQuery['what'], modelId: string | null): TextRow[] {
  switch (what) {
    case 'candidates':
      if (modelId === null) throw new AppError('bad-input', 'An export of candidates needs a model.', { kept: 'No file was written.', todo: 'Choose a model.' })
      return database
        .prepare<[number], TextRow>('SELECT image_id AS imageId, text FROM caption WHERE model_number = ? AND rank = 0 AND superseded = 0')
        .all(modelNumber(database, modelId))
    case 'reviewed':
      return database.prepare<[], TextRow>("SELECT image_id AS imageId, text FROM review WHERE state IN ('accepted', 'corrected')").all()
    case 'corrections':
      return database.prepare<[], TextRow>("SELECT image_id AS imageId, text FROM review WHERE state = 'corrected'").all()
    default:
      return assertNever(what)
  }
}
