/** Where a model looks for each word of a caption. The model asked for last stays open, so that the next question is answered at once. */
import type { CaptionAttention } from '#shared/domain.ts'
import { openCaptioner, type LoadedCaptioner } from '#engine/captioning/loaded-captioner.ts'
import { placePhoto } from '#engine/vision/photos/placement.ts'
import { photoPart } from '#engine/vision/encoders/token-places.ts'
import { openReadOnly } from '#engine/workspace/storage/database.ts'
import { workspaceLayout } from '#engine/workspace/storage/layout.ts'
import { getImage } from '#engine/workspace/repositories/images.ts'
import { getModel } from '#engine/workspace/repositories/models.ts'

export interface AttentionQuestion {
  workspaceFolder: string
  encoderRoots: readonly string[]
  modelId: string
  imageId: number
  text: string
}

export interface CaptionAttentions {
  /** Throws AppError `not-found` for a model or image that is not there, `unavailable` without the model's encoder, `bad-input` for a broken photo. */
  answer(question: AttentionQuestion): Promise<CaptionAttention>
  /** Lets go of the model and of the feature cache that it reads. */
  close(): Promise<void>
}

export function createCaptionAttentions(): CaptionAttentions {
  let opened: { folder: string; features: string; captioner: LoadedCaptioner } | undefined
  let last: Promise<unknown> = Promise.resolve()

  /** One after the other: a model in use is not closed for the next. */
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const mine = last.then(work, work)
    last = mine.catch(() => undefined)
    return mine
  }
  const captionerOf = async (folder: string, features: string, encoderRoots: readonly string[]): Promise<LoadedCaptioner> => {
    if (opened?.folder === folder && opened.features === features) return opened.captioner
    await letGo()
    const captioner = await openCaptioner(folder, { encoderRoots, featureFolder: features })
    opened = { folder, features, captioner }
    return captioner
  }
  const letGo = async (): Promise<void> => {
    const closing = opened
    opened = undefined
    await closing?.captioner.close()
  }

  const answer = async ({ workspaceFolder, encoderRoots, modelId, imageId, text }: AttentionQuestion): Promise<CaptionAttention> => {
    const { model, image } = stored(workspaceFolder, modelId, imageId)
    const captioner = await captionerOf(model.folder, workspaceLayout(workspaceFolder).features, encoderRoots)
    const { words, logProbabilities, attention, places, input } = await captioner.look({ path: image.path, root: image.root }, text)
    const placement = placePhoto(image.width, image.height, input)
    const parts = places.map((place) => (place === null ? null : photoPart(place, placement, input)))
    return {
      words: words.map((word, index) => ({
        word,
        known: captioner.model.vocabulary.idOf.has(word),
        probability: Math.exp(logProbabilities[index]),
        weights: parts.flatMap((part, token) => (part === null ? [] : [attention[index][token]])),
      })),
      places: parts.filter((part) => part !== null),
    }
  }

  return { answer: (question) => inTurn(() => answer(question)), close: () => inTurn(letGo) }
}

function stored(workspaceFolder: string, modelId: string, imageId: number) {
  const database = openReadOnly(workspaceFolder)
  try {
    return { model: getModel(database, modelId), image: getImage(database, imageId) }
  } finally {
    database.close()
  }
}
