/** Captions of another captioner, read and matched with the workspace's images: nothing is written here. */
import { createHash } from 'node:crypto'
import { basename, resolve } from 'node:path'
import type { ResultsSource } from '#shared/sources.ts'
import type { ResultsPreview } from '#shared/domain.ts'
import { openRegular } from '#engine/files/regular-file.ts'
import { AppError } from '#shared/errors.ts'
import { recognisedFormat } from '#engine/datasets/formats.ts'
import { purposes } from '#engine/datasets/purpose.ts'
import { newestExternal } from '../repositories/external-models.ts'
import type { Database } from '../storage/database.ts'
import { photoMatcher } from './match-photos.ts'

export interface ExternalCaptions {
  /** Of the name given, and of each author that a column of the file names. */
  models: { family: string; captions: Map<number, { text: string; logProbability: number | null }[]> }[]
  /** SHA-256 of the file. */
  contentHash: string
  preview: ResultsPreview
}

/** Of the captions that match nothing this many are told one by one. */
const told = 200

/** Reads a file of captions; several of an image are ranks, best first. @throws AppError `bad-input` naming the line or key at fault; `too-little-data` */
export async function readExternalCaptions(
  database: Database,
  source: ResultsSource,
  { signal, onProgress }: { signal?: AbortSignal; onProgress?: (bytes: number, total: number) => void } = {},
): Promise<ExternalCaptions> {
  const file = resolve(source.file)
  const purpose = purposes.import
  const format = await recognisedFormat(file, purpose, 'coco-results')
  const match = photoMatcher(database)
  const families = new Map<string, Map<number, { text: string; logProbability: number | null }[]>>()
  const names = new Map<unknown, string | null>()
  const unmatched: ResultsPreview['unmatched'] = []
  let left = 0
  let captions = 0
  const leaveOut = (subject: string, reason: string): void => {
    left += 1
    if (unmatched.length < told) unmatched.push({ subject, reason })
  }
  const reading = { purpose, encoding: source.encoding, columns: source.columns, signal, onProgress }
  for await (const item of format.read(file, reading)) {
    const place = `${basename(file)}, ${item.place}`
    if (item.kind === 'left-out') leaveOut(place, item.reason)
    else if (item.kind === 'photo') {
      if (item.id !== null) names.set(item.id, item.fileName)
    } else {
      const text = item.caption.text.trim()
      const fileName = item.photo.fileName ?? names.get(item.photo.id) ?? null
      const found = match({ ...item.photo, fileName })
      if (text === '') leaveOut(place, 'The caption has no words.')
      else if (item.caption.flags.length > 0) leaveOut(place, `The caption is marked as ${item.caption.flags.join(' and ')}.`)
      else if (found.kind === 'unmatched') leaveOut(place, found.reason)
      else {
        const family = item.caption.author ?? source.modelName
        const ofModel = families.get(family) ?? new Map<number, { text: string; logProbability: number | null }[]>()
        families.set(family, ofModel)
        const ofImage = ofModel.get(found.imageId) ?? []
        ofModel.set(found.imageId, ofImage)
        // A row that says the same again is no further rank.
        if (!ofImage.some((caption) => caption.text === text)) {
          ofImage.push({ text, logProbability: item.caption.logProbability })
          captions += 1
        }
      }
    }
  }
  const contentHash = await hashFile(file)
  const images = new Set([...families.values()].flatMap((ofModel) => [...ofModel.keys()])).size
  if (images === 0) {
    const [first] = unmatched
    throw new AppError(
      'too-little-data',
      `No caption of ${basename(file)} is of an image of this workspace${left === 0 ? '' : `: ${first.subject}: ${first.reason}`}`,
      {
        kept: purpose.kept,
        todo: 'Import the images first, or check that the file belongs to them.',
      },
    )
  }
  const models = [...families].map(([family, ofModel]) => ({ family, captions: ofModel }))
  return {
    models,
    contentHash,
    preview: {
      format: format.title,
      models: models.map(({ family, captions: ofModel }) => {
        const newest = newestExternal(database, family)
        return {
          name: family,
          images: ofModel.size,
          known: newest === null ? 'new' : newest.contentHash === contentHash ? 'same' : 'newer',
          version: newest === null ? 1 : newest.contentHash === contentHash ? newest.version : newest.version + 1,
        }
      }),
      images,
      captions,
      unmatched,
      leftOut: left,
    },
  }
}

async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256')
  const { handle } = await openRegular(file)
  for await (const piece of handle.createReadStream()) hash.update(piece as Uint8Array)
  return hash.digest('hex')
}
