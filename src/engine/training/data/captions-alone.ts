/** Captions without photos in a training run (imagined-photos.ts): which ones it takes, and how they join the photos. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { CachedFeatures } from '#engine/captioning/cached-features.ts'
import type { Encoder } from '#engine/vision/encoders/encoder.ts'
import { AppError } from '#shared/errors.ts'
import { readCaptionedImages, type CaptionedImage } from '#engine/datasets/captioned-photos.ts'
import { namingTheUnfamiliar, withImaginedPhotos, type EvidencePlace } from './imagined-photos.ts'
import type { TrainingRecipe } from '../runs/recipe.ts'
import type { ImaginedFrom, TrainFromCaptions } from '../runs/training-run.ts'

type Run = Pick<TrainFromCaptions, 'train' | 'recipeFolder' | 'imagined'>

/**
 * Captions whose photos are not there; each photo's path is a name of its own.
 * @throws AppError `not-found` or `bad-input`, naming the file or folder at fault
 */
export async function captionsAlone(run: Run, recipe: TrainingRecipe): Promise<CaptionedImage[]> {
  const from = imaginedFrom(run, recipe)
  if (from === undefined || recipe.imagined === undefined) return []
  const { train } = run
  const { imagined } = recipe
  const all = await readCaptionedImages(from.file, '')
  const except = new Set(from.except === undefined ? [] : await namesIn(from.except))
  const others = all.filter(({ captions, fileName }) => captions.length > 0 && !except.has(fileName))
  return namingTheUnfamiliar(others, train, imagined.familiar).map((image) => ({ ...image, path: `imagined:${image.fileName}` }))
}

/**
 * Finds the captions without photos: paths given to the run win over those of the recipe. Returns undefined if the recipe imagines nothing.
 * @throws AppError `bad-input` where only one of recipe and run knows of such captions
 */
export function imaginedFrom({ imagined: told, recipeFolder = '.' }: Run, { imagined }: TrainingRecipe): ImaginedFrom | undefined {
  const nothing = { kept: 'Nothing was trained.' }
  if (imagined === undefined) {
    if (told === undefined) return undefined
    const todo = 'Leave --imagined out, or give the recipe an “imagined” entry.'
    throw new AppError('bad-input', 'Captions without photos are given, and the recipe learns from none.', { ...nothing, todo })
  }
  const { file, except } = imagined
  const within = (path: string): string => join(recipeFolder, path)
  const left = told?.except ?? (except === undefined ? undefined : within(except))
  const captions = told?.file ?? (file === undefined ? undefined : within(file))
  if (captions !== undefined) return { file: captions, ...(left === undefined ? {} : { except: left }) }
  throw new AppError('bad-input', 'The recipe learns from captions without photos, and none are given.', {
    ...nothing,
    todo: 'Name their file with --imagined.',
  })
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((cause: unknown) => {
    const todo = 'Check --imagined-except, or “except” in the recipe: it names the folder of the photos that are judged by.'
    throw new AppError('not-found', `The folder ${folder} cannot be read.`, { kept: 'Nothing was trained.', todo, cause })
  })
}

/** Where evidence is imagined; undefined where the recipe imagines nothing. @throws AppError `bad-input` for an encoder that has none */
export function evidenceOf({ manifest }: Pick<Encoder, 'manifest'>, { imagined, features }: TrainingRecipe): EvidencePlace | undefined {
  if (imagined === undefined) return undefined
  const { evidence } = manifest.grid
  if (evidence !== undefined && features.regions === undefined) return evidence
  throw new AppError(
    'bad-input',
    `Captions without photos need a grid whose class token tells what the encoder’s detector finds, and that of ${manifest.name} does not.`,
    {
      kept: 'Nothing was trained.',
      todo: 'Choose coco-ssd without regions, or leave “imagined” out of the recipe.',
    },
  )
}

/** The features, and those of photos imagined from captions alone; `found` learns their keys. */
export function imaginedBeside(
  features: CachedFeatures,
  imagined: readonly CaptionedImage[],
  { train, seed, found, evidence }: { train: readonly CaptionedImage[]; seed: number; found: Map<string, string>; evidence: EvidencePlace | undefined },
): CachedFeatures {
  if (evidence === undefined) return features
  const photos = train.flatMap(({ path, captions }) => {
    const key = found.get(path)
    return key === undefined ? [] : [{ key, captions }]
  })
  for (const { path } of imagined) found.set(path, path)
  return withImaginedPhotos(features, { place: evidence, photos, imagined: imagined.map(({ path, captions }) => ({ key: path, captions })), seed })
}
