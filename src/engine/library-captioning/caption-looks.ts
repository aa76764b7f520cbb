/**
 * What a model is asked about a caption: where it looks for each word, what else it could have written, what it depends on. The model asked for last stays open,
 * so that the next question is answered at once.
 */
import type { BeamTree, BeamWord, CaptionAttention, CaptionOcclusion, ChosenWord, OccludedWord } from '#shared/looking/looking.ts'
import { captionText } from '#engine/captioning/caption-from-features.ts'
import { openCaptioner, type LoadedCaptioner, type SeenCaption } from '#engine/captioning/loaded-captioner.ts'
import type { BeamNode } from '#engine/decoding/beam-tree.ts'
import { kendall } from '#engine/metrics/statistics/kendall.ts'
import type { Vocabulary } from '#engine/text/vocabulary.ts'
import { placePhoto, type Placement } from '#engine/vision/photos/placement.ts'
import { photoPart } from '#engine/vision/encoders/token-places.ts'
import type { ImageToEncode } from '#engine/vision/features/extract.ts'
import { openReadOnly } from '#engine/workspace/storage/database.ts'
import { workspaceLayout } from '#engine/workspace/storage/layout.ts'
import { getImage } from '#engine/workspace/repositories/images.ts'
import { getModel } from '#engine/workspace/repositories/models.ts'

export interface PhotoQuestion {
  workspaceFolder: string
  encoderRoots: readonly string[]
  modelId: string
  imageId: number
}

export interface CaptionQuestion extends PhotoQuestion {
  text: string
}

/** All answers throw AppError `not-found` for a model or image that is not there, `unavailable` without the model's encoder, `bad-input` for a broken photo. */
export interface CaptionLooks {
  attention(question: CaptionQuestion): Promise<CaptionAttention>
  /** @throws AppError `cancelled`, too, once the signal is aborted: also while an earlier question is answered */
  occlusion(question: CaptionQuestion, signal?: AbortSignal): Promise<CaptionOcclusion>
  beamTree(question: PhotoQuestion, beams: number): Promise<BeamTree>
  /** Lets go of the model and of the feature cache that it reads. */
  close(): Promise<void>
}

/** What is asked about: a photo with the model that sees it. */
interface Asked {
  captioner: LoadedCaptioner
  photo: ImageToEncode
  placementOf(input: SeenCaption['input']): Placement
}

export function createCaptionLooks(): CaptionLooks {
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
  const askedOf = async ({ workspaceFolder, encoderRoots, modelId, imageId }: PhotoQuestion): Promise<Asked> => {
    const { model, image } = stored(workspaceFolder, modelId, imageId)
    const captioner = await captionerOf(model.folder, workspaceLayout(workspaceFolder).features, encoderRoots)
    return {
      captioner,
      photo: { path: image.path, root: image.root },
      placementOf: (input) => placePhoto(image.width, image.height, input),
    }
  }

  return {
    attention: (question) => inTurn(async () => attentionOf(await askedOf(question), question.text)),
    occlusion: (question, signal) =>
      inTurn(async () => {
        signal?.throwIfAborted()
        return occlusionOf(await askedOf(question), question.text, signal)
      }),
    beamTree: (question, beams) => inTurn(async () => beamTreeOf(await askedOf(question), beams)),
    close: () => inTurn(letGo),
  }
}

async function attentionOf(asked: Asked, text: string): Promise<CaptionAttention> {
  const { captioner, photo } = asked
  const { vocabulary } = captioner.model
  const seen = await captioner.look(photo, text)
  const { words, logProbabilities, attention, alternatives } = seen
  const parts = partsOf(asked, seen)
  return {
    words: words.map((word, index) => ({
      word,
      known: vocabulary.idOf.has(word),
      probability: Math.exp(logProbabilities[index]),
      rank: alternatives[index].rank,
      alternatives: alternatives[index].ids.map((id, place) => ({
        ...chosenWord(vocabulary, id),
        probability: Math.exp(alternatives[index].logProbabilities[place]),
      })),
      weights: placed(parts).map((token) => attention[index][token]),
    })),
    places: parts.filter((part) => part !== null),
  }
}

async function occlusionOf(asked: Asked, text: string, signal?: AbortSignal): Promise<CaptionOcclusion> {
  const { seen, removal, tokens, without } = await asked.captioner.occlude(asked.photo, text, signal)
  const shown = placed(partsOf(asked, seen))
  const compared = seen.words.map((_, word): { falls: number[]; weights: number[] } => {
    const probability = Math.exp(seen.logProbabilities[word])
    const fallOf = new Map(tokens.map((token, place) => [token, probability - Math.exp(without[word][place])]))
    return { falls: shown.map((token) => fallOf.get(token) ?? 0), weights: shown.map((token) => seen.attention[word][token]) }
  })
  const mean = (each: (of: (typeof compared)[number]) => number[]): number[] =>
    shown.map((_, place) => compared.reduce((sum, of) => sum + each(of)[place], 0) / Math.max(1, compared.length))
  const agreeing = (falls: number[], weights: number[]): OccludedWord => ({ falls, agreement: kendall(falls, weights).tauB })
  return {
    removal,
    words: compared.map(({ falls, weights }) => agreeing(falls, weights)),
    together: agreeing(
      mean(({ falls }) => falls),
      mean(({ weights }) => weights),
    ),
  }
}

async function beamTreeOf({ captioner, photo }: Asked, beams: number): Promise<BeamTree> {
  const { vocabulary } = captioner.model
  const { captions, firstWords } = await captioner.trace(photo, beams)
  const worded = ({ id, logProbability, sum, fate, rank, children }: BeamNode): BeamWord => ({
    ...chosenWord(vocabulary, id),
    probability: Math.exp(logProbability),
    sum,
    fate,
    rank,
    children: children.map(worded),
  })
  return {
    beams,
    captions: captions.map(({ ids, logProbability }) => ({ text: captionText(vocabulary, ids), logProbability })),
    firstWords: firstWords.map(worded),
  }
}

/** What of the photo each visual token shows; null where it shows none. */
function partsOf({ placementOf }: Asked, { places, input }: SeenCaption) {
  const placement = placementOf(input)
  return places.map((place) => (place === null ? null : photoPart(place, placement, input)))
}

/** The tokens that show a part of the photo. */
function placed(parts: readonly (object | null)[]): number[] {
  return parts.flatMap((part, token) => (part === null ? [] : [token]))
}

function chosenWord({ words, unknownId }: Vocabulary, id: number): ChosenWord {
  if (id === 0) return { kind: 'end', word: '' }
  return { kind: id === unknownId ? 'unknown' : 'word', word: words[id - 1] }
}

function stored(workspaceFolder: string, modelId: string, imageId: number) {
  const database = openReadOnly(workspaceFolder)
  try {
    return { model: getModel(database, modelId), image: getImage(database, imageId) }
  } finally {
    database.close()
  }
}
