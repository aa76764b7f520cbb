/** What an export holds: which photos, under which ids, with which texts and what is known of them. */
import { extname, relative } from 'node:path'
import { librarySortSchema } from '#shared/domain.ts'
import type { ExportSettings } from '#shared/exchange.ts'
import { AppError } from '#shared/errors.ts'
import { commonFolder, portableName } from '#engine/datasets/photo-paths.ts'
import type { WrittenBox, WrittenPhoto } from '#engine/datasets/writers/writer.ts'
import type { Database } from '../storage/database.ts'
import { imagesOfSet } from '../scores/image-sets.ts'
import { getImages, type StoredImage } from '../repositories/images.ts'
import { libraryIds } from '../repositories/library.ts'
import { numberInView } from '../repositories/models.ts'
import { listRegions } from '../repositories/regions.ts'
import { captionsOf } from './export-captions.ts'

export interface Exported {
  photos: WrittenPhoto[]
  captions: number
  /** The folder that file names are relative to: the images' root, or what several have in common; null where they have nothing in common. */
  root: string | null
  /** Whether the ids are those of the imported files, or the workspace's own numbers because not every image has one of its own. */
  ids: 'source' | 'workspace'
}

/** @throws AppError `bad-input` for candidates of no model, `too-little-data` where there is nothing to export */
export function exportedPhotos(database: Database, settings: ExportSettings): Exported {
  const texts = captionsOf(database, settings)
  const images = getImages(
    database,
    imagesInScope(database, settings).filter((imageId) => texts.has(imageId)),
  )
  if (images.length === 0) {
    const { what } = settings
    throw new AppError('too-little-data', `There are no ${names[what]} of these images to export.`, { kept: 'No file was written.', todo: missing[what] })
  }
  const sourceIds = new Set(images.map(({ sourceId }) => sourceId))
  const useSourceIds = sourceIds.size === images.length && !sourceIds.has(null)
  const root = commonFolder([...new Set(images.map((image) => image.root))])
  const photos = images.map((image): WrittenPhoto => {
    const { id, sourceId, path, width, height, split } = image
    const boxes = settings.details.includes('boxes') ? boxesOf(database, image) : []
    const fileName = root === null ? `${id}${extname(path)}` : portableName(relative(root, path))
    return { id: useSourceIds ? (sourceId ?? id) : id, fileName, path, size: { width, height }, split, captions: texts.get(id) ?? [], boxes }
  })
  return { photos, captions: photos.reduce((sum, { captions }) => sum + captions.length, 0), root, ids: useSourceIds ? 'source' : 'workspace' }
}

/** Those of the set that are chosen or pass the filter, in the order of their ids. */
function imagesInScope(database: Database, { set, scope, modelId }: ExportSettings): number[] {
  const ofSet = imagesOfSet(database, set)
  const { imageIds, filter } = scope
  const passing = (): number[] | undefined =>
    filter === undefined ? undefined : libraryIds(database, filter, librarySortSchema.parse({}), numberInView(database, filter.modelId ?? modelId))
  const chosen = imageIds ?? passing()
  if (chosen === undefined) return ofSet
  const among = new Set(chosen)
  return ofSet.filter((imageId) => among.has(imageId))
}

/** A hundredth of a pixel is exact enough, and reads well. */
const rounded = (value: number): number => Math.round(value * 100) / 100

function boxesOf(database: Database, { id, width, height }: StoredImage): WrittenBox[] {
  return listRegions(database, id).map((region) => ({
    label: region.label,
    box: [rounded(region.left * width), rounded(region.top * height), rounded(region.width * width), rounded(region.height * height)],
  }))
}

const names = { candidates: 'candidates of this model', reviewed: 'reviewed captions', corrections: 'corrections', references: 'references' } as const

const missing = {
  candidates: 'Caption the images with this model first, or choose other images.',
  reviewed: 'Accept or correct some captions first, or choose other images.',
  corrections: 'Correct some captions first, or choose other images.',
  references: 'Import captions as references first, or choose other images.',
} as const
