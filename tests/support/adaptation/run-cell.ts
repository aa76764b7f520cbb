/** One cell of the adaptation benchmark: corrections through the app's fine-tuning, judged before and after. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { captionFromFeatures, captionText } from '#engine/captioning/caption-from-features.ts'
import { openCaptionDecoder } from '#engine/decoding/caption-decoder.ts'
import { judgedMethod } from '#engine/fine-tuning/judging.ts'
import { teachables, teachingOrder } from '#engine/fine-tuning/next-corrections.ts'
import type { CaptionedImage } from '#engine/datasets/captioned-photos.ts'
import type { DocumentFrequency } from '#engine/metrics/document-frequency.ts'
import type { ModelPackage } from '#engine/models/model-package.ts'
import { ensureFeatures, openCachedFeatures, type CachedFeatures } from '#engine/captioning/cached-features.ts'
import type { WordedCaptioner } from '#engine/training/data/grow-vocabulary.ts'
import { evaluationImages } from '#engine/training/data/prepare.ts'
import { storedDocumentFrequency } from '#engine/training/data/stored-document-frequency.ts'
import { closestText } from '#shared/token-diff.ts'
import { openEncoder } from '#engine/vision/encoders/encoder.ts'
import { encoderRoot } from '../../../scripts/build-encoder.ts'
import { adapt, judge } from './adapt.ts'
import type { Cell, CellResult, JudgedPhotos } from './cells.ts'
import { cacheFolder, featureFolder, openParent } from './parents.ts'
import { situation, type JudgedSet, type Photos } from './situations.ts'

const samples = 8

export async function runCell(cell: Cell, photos: Photos, threads: number): Promise<CellResult> {
  const parent = await openParent({ ...cell, threads }, photos)
  const { correctable, judged, elsewhere, rehearsed } = situation(photos, cell)
  const restOf = { ...elsewhere, photos: elsewhere.photos.slice(0, cell.elsewhere) }
  const encoder = await openEncoder(join(encoderRoot, parent.manifest.encoder.id), { threads })
  const features = openCachedFeatures(featureFolder, encoder.manifest, { pooling: parent.manifest.encoder.pooling, mirror: false })
  mkdirSync(cacheFolder, { recursive: true })
  const folder = mkdtempSync(join(cacheFolder, 'run-'))
  try {
    const paths = [correctable, judged.photos, restOf.photos, rehearsed].flat().map(({ path }) => path)
    const hashes = await ensureFeatures([...new Set(paths)], encoder, [features.plain], {})
    const chosen = (cell.choice === 'queue' ? await queued(correctable, parent, features, hashes, threads) : correctable).slice(0, cell.corrections)
    const corrected = cell.annotator === 'nearest' ? await correctedNearest(chosen, parent, features, hashes, threads) : chosen
    const adapted = await adapt({ base: parent, recipe: cell.recipe, corrected, others: rehearsed, hashes, features, folder, threads })
    const judging: Judging = { photos, parent, features, hashes, threads }
    const before = { on: await scoredBefore(judging, judged), elsewhere: await scoredBefore(judging, restOf) }
    const after = { on: await scored(judging, adapted.model, judged), elsewhere: await scored(judging, adapted.model, restOf) }
    return {
      corrected: corrected.length,
      heldOut: adapted.heldOut,
      rehearsed: adapted.run.replay.length,
      newWords: [...adapted.run.joined],
      steps: adapted.finished.step,
      outcome: adapted.gate.verdict,
      gate: adapted.gate,
      minutes: adapted.minutes,
      processorMinutes: adapted.processorMinutes,
      on: paired(before.on, after.on),
      elsewhere: paired(before.elsewhere, after.elsewhere),
      samples: before.on.slice(0, samples).map(({ text, reference }, index) => ({ before: text, after: after.on[index].text, reference })),
    }
  } finally {
    await encoder.close()
    await features.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The photos in the order in which the app's queue would offer them after the parent's run. */
async function queued(
  photos: readonly CaptionedImage[],
  parent: ModelPackage,
  features: CachedFeatures,
  hashes: ReadonlyMap<string, string>,
  threads: number,
): Promise<CaptionedImage[]> {
  const there = photos.filter(({ path }) => hashes.has(path))
  const decoder = await openCaptionDecoder(parent.captioner, parent.weights, { threads })
  try {
    const keys = there.map(({ path }) => hashes.get(path) ?? '')
    const found = await teachables(decoder, features, keys, new AbortController().signal)
    return teachingOrder(found, there.length).map((place) => there[place])
  } finally {
    await decoder.close()
  }
}

/** Each photo with the one of its captions that takes the fewest words to make of what the parent says. */
async function correctedNearest(
  photos: readonly CaptionedImage[],
  { captioner, weights, vocabulary }: ModelPackage,
  features: CachedFeatures,
  hashes: ReadonlyMap<string, string>,
  threads: number,
): Promise<CaptionedImage[]> {
  const there = photos.filter(({ path }) => hashes.has(path))
  const decoder = await openCaptionDecoder(captioner, weights, { threads })
  try {
    const keys = there.map(({ path }) => hashes.get(path) ?? '')
    const said = await captionFromFeatures(decoder, features, keys, { method: judgedMethod })
    return there.map((photo, place) => {
      const texts = photo.captions.map((text) => ({ text }))
      const nearest = closestText(texts, captionText(vocabulary, said[place][0].ids))
      return { ...photo, captions: nearest === null ? photo.captions : [nearest.text] }
    })
  } finally {
    await decoder.close()
  }
}

interface Judging {
  photos: Photos
  parent: ModelPackage
  features: CachedFeatures
  /** Feature keys by path. */
  hashes: ReadonlyMap<string, string>
  threads: number
}

interface ScoredPhoto {
  photo: string
  text: string
  reference: string
  cider: number
}

const knownBefore = new Map<string, ScoredPhoto>()

/** The parent's captions, each photo's once in a run of the benchmark. */
async function scoredBefore(judging: Judging, { photos, frequencies }: JudgedSet): Promise<ScoredPhoto[]> {
  const keyOf = (path: string): string => `${judging.parent.folder} ${frequencies} ${path}`
  const missing = photos.filter(({ path }) => judging.hashes.has(path) && !knownBefore.has(keyOf(path)))
  if (missing.length > 0) {
    const found = await scored(judging, judging.parent, { photos: missing, frequencies })
    found.forEach((each, index) => knownBefore.set(keyOf(missing[index].path), each))
  }
  return photos.flatMap(({ path }) => knownBefore.get(keyOf(path)) ?? [])
}

/** Before and after stand on one table: of Flickr8k's whole train split, or, as coco-caption does, of the COCO photos judged by, all folds. */
async function scored(
  { photos, parent, features, hashes, threads }: Judging,
  model: WordedCaptioner,
  { photos: judged, frequencies }: JudgedSet,
): Promise<ScoredPhoto[]> {
  const images = evaluationImages(judged, hashes)
  const { texts, scores } = await judge(model, features, images, tableOf(photos, parent, frequencies), threads)
  return [...scores.perImage.values()].map((each, index) => ({
    photo: images[index].path.split('/').at(-1) ?? '',
    text: texts[index],
    reference: images[index].references[0],
    cider: each['CIDEr'],
  }))
}

const tables = new Map<JudgedSet['frequencies'], DocumentFrequency>()

/** Both parents' vocabularies tokenize alike. */
function tableOf({ train, coco }: Photos, { vocabulary }: ModelPackage, frequencies: JudgedSet['frequencies']): DocumentFrequency {
  const known = tables.get(frequencies)
  if (known !== undefined) return known
  const counted = frequencies === 'coco' ? coco : train
  const table = storedDocumentFrequency(
    counted.map(({ captions }) => captions),
    vocabulary,
  )
  tables.set(frequencies, table)
  return table
}

function paired(before: readonly ScoredPhoto[], after: readonly ScoredPhoto[]): JudgedPhotos {
  return before.map(({ photo, cider }, index) => ({ photo, before: cider, after: after[index].cider }))
}
