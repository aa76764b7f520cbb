/** Captions of another captioner, read and matched with the workspace's images: nothing is written here. */
import { createHash } from 'node:crypto'
import type { ImportPreview, ResultsSource } from '#shared/exchange.ts'
import { newestExternal } from '../repositories/external-models.ts'
import type { Database } from '../storage/database.ts'
import { readMatchedCaptions, type ReadingProgress } from './matched-captions.ts'

interface Ranked {
  text: string
  logProbability: number | null
}
type RankedByImage = Map<number, Ranked[]>

export interface ExternalCaptions {
  /** Of the name given, and of each author that a column of the file names. */
  models: {
    family: string
    captions: RankedByImage
    /** SHA-256 of what it says of the images that are here, however it is written. */
    contentHash: string
  }[]
  preview: ImportPreview
}

/** Reads a file of captions; several of an image are ranks, best first. @throws AppError `bad-input` naming the line or key at fault; `too-little-data` */
export async function readExternalCaptions(database: Database, source: ResultsSource, progress: ReadingProgress = {}): Promise<ExternalCaptions> {
  const { format, captions: matched, leftOut } = await readMatchedCaptions(database, source, progress)
  const families = new Map<string, RankedByImage>()
  let captions = 0
  for (const { imageId, caption } of matched) {
    const family = caption.author ?? source.modelName
    const ofModel = families.get(family) ?? new Map<number, Ranked[]>()
    families.set(family, ofModel)
    const ofImage = ofModel.get(imageId) ?? []
    ofModel.set(imageId, ofImage)
    // A row that says the same again is no further rank.
    if (ofImage.some(({ text }) => text === caption.text)) continue
    ofImage.push({ text: caption.text, logProbability: caption.logProbability })
    captions += 1
  }
  const models = [...families].map(([family, ofModel]) => ({ family, captions: ofModel, contentHash: hashCaptions(ofModel) }))
  return {
    models,
    preview: leftOut.preview({
      format,
      photos: new Set(matched.map(({ imageId }) => imageId)).size,
      captions,
      models: models.map(({ family, captions: ofModel, contentHash }) => {
        const newest = newestExternal(database, family)
        return {
          name: family,
          images: ofModel.size,
          known: newest === null ? 'new' : newest.contentHash === contentHash ? 'same' : 'newer',
          version: newest === null ? 1 : newest.contentHash === contentHash ? newest.version : newest.version + 1,
        }
      }),
    }),
  }
}

function hashCaptions(captions: RankedByImage): string {
  const hash = createHash('sha256')
  for (const entry of [...captions].sort(([one], [other]) => one - other)) hash.update(JSON.stringify(entry))
  return hash.digest('hex')
}
