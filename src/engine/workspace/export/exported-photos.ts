/** What an export holds: which photos, under which ids, with which texts and what is known of them. */
import { extname, relative } from 'node:path'
import { librarySortSchema } from '#shared/domain.ts'
import type { ExportSettings } from '#shared/exchange.ts'
import { AppError } from '#shared/errors.ts'
import { inBatches } from '#engine/datasets/in-batches.ts'
import { commonFolder, portableName } from '#engine/datasets/photo-paths.ts'
import type { DatasetCaption } from '#engine/datasets/record.ts'
import type { WrittenBox, WrittenPhoto } from '#engine/datasets/writers/writer.ts'
import type { Database } from '../storage/database.ts'
import { imagesOfSet } from '../scores/image-sets.ts'
import { getImages, type StoredImage } from '../repositories/images.ts'
import { libraryIds } from '../repositories/library.ts'
import { numberInView } from '../repositories/models.ts'
import { listRegions } from '../repositories/regions.ts'
import { exportTexts } from './export-captions.ts'

export interface Exported {
  /** Read anew, some at a time, whenever they are gone through: only while the database stays as it is. */
  photos: Iterable<WrittenPhoto>
  count: number
  captions: number
  /** The folder that file names are relative to: the images' root, or what several have in common; null where they have nothing in common. */
  root: string | null
  /** Whether the ids are those of the imported files, or the workspace's own numbers because not every image has one of its own. */
  ids: 'source' | 'workspace'
}

const photosAtOnce = 500

/** @throws AppError `bad-input` for candidates of no model, `too-little-data` where there is nothing to export */
export function exportedPhotos(database: Database, settings: ExportSettings): Exported {
  const texts = exportTexts(database, settings)
  const counts = texts.counts()
  const imageIds = imagesInScope(database, settings).filter((imageId) => counts[imageId] > 0)
  if (imageIds.length === 0) {
    const { what } = settings
    throw new AppError('too-little-data', `There are no ${names[what]} of these images to export.`, { kept: 'No file was written.', todo: missing[what] })
  }
  const captions = imageIds.reduce((sum, imageId) => sum + counts[imageId], 0)
  const { root, useSourceIds } = namesAndIds(database, imageIds)
  const withBoxes = settings.details.includes('boxes')
  const written = (image: StoredImage, own: Map<number, DatasetCaption[]>): WrittenPhoto => {
    const { id, sourceId, path, width, height, split } = image
    const fileName = root === null ? `${id}${extname(path)}` : portableName(relative(root, path))
    const boxes = withBoxes ? boxesOf(database, image) : []
    return { id: useSourceIds ? (sourceId ?? id) : id, fileName, path, size: { width, height }, split, captions: own.get(id) ?? [], boxes }
  }
  const photos = {
    *[Symbol.iterator]() {
      for (const some of inBatches(imageIds, photosAtOnce)) {
        const own = texts.of(some)
        for (const image of getImages(database, some)) yield written(image, own)
      }
    },
  }
  return { photos, count: imageIds.length, captions, root, ids: useSourceIds ? 'source' : 'workspace' }
}

/** What all photos have in common: the folder that holds them, and whether each has an id of its own from its source. */
function namesAndIds(database: Database, imageIds: readonly number[]): { root: string | null; useSourceIds: boolean } {
  const roots = new Set<string>()
  const numbers = new Float64Array(imageIds.length)
  const words = new Set<string>()
  let [counted, named] = [0, 0]
  for (const some of inBatches(imageIds, photosAtOnce))
    for (const { root, sourceId } of getImages(database, some)) {
      roots.add(root)
      if (typeof sourceId === 'number') numbers[counted++] = sourceId
      if (typeof sourceId !== 'string') continue
      words.add(sourceId)
      named += 1
    }
  const inOrder = numbers.subarray(0, counted).sort()
  const ownNumbers = inOrder.every((id, place) => place === 0 || id !== inOrder[place - 1])
  return { root: commonFolder([...roots]), useSourceIds: counted + named === imageIds.length && ownNumbers && words.size === named }
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
