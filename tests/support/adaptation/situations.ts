/** What the adaptation benchmark corrects, rehearses and judges with: a theme of Flickr8k, random photos of it, or the COCO photos in four folds. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { readCaptionedImages, selectListed, type CaptionedImage } from '#engine/datasets/captioned-photos.ts'
import { tokenize } from '#engine/text/simple-tokenizer.ts'
import { permutation, randomAt } from '#shared/random.ts'
import { sharedData, withoutSharedData } from '../shared-data.ts'

export const parents = ['small', 'shipped'] as const
/** `small` has learned some Flickr8k without the theme, `shipped` all of its train split. */
export type ParentKind = (typeof parents)[number]

export interface Photos {
  train: readonly CaptionedImage[]
  dev: readonly CaptionedImage[]
  coco: readonly CaptionedImage[]
}

/** Photos to judge by, with the references that their document frequencies are counted over. */
export interface JudgedSet {
  photos: readonly CaptionedImage[]
  frequencies: 'flickr8k' | 'coco'
}

export interface Situation {
  /** Photos to correct to one of their captions, in random order: more than are corrected, where there are more. */
  correctable: readonly CaptionedImage[]
  /** Photos of the same kind that nothing learns from. */
  judged: JudgedSet
  /** What the parent could do before. */
  elsewhere: JudgedSet
  /** Photos with stored captions, of what the parent learned from. */
  rehearsed: readonly CaptionedImage[]
}

export interface SituationSetting {
  parent: ParentKind
  /** A word of captions, `mixed` or `coco`. */
  theme: string
  /** Draws which photos are corrected. */
  seed: number
  /** Of COCO's photos: which quarter is judged. */
  fold: number
  /** The small base learns from so many photos, in the order of the split's list. */
  basePhotos: number
}

export const folds = 4
/** Whatever is corrected, the photos judged by are others than the first so many of a seed's order: learning curves are judged by the same photos. */
const mostCorrected = 200
/** The folds are the same for every seed. */
const foldSeed = 11

export async function readPhotos(): Promise<Photos> {
  if (sharedData === undefined) throw new Error(withoutSharedData)
  const folder = join(sharedData, 'flickr8k')
  const all = await readCaptionedImages(join(folder, 'captions.token.txt'), join(folder, 'images'))
  const cocoFolder = join(sharedData, 'coco', 'images')
  const there = new Set(await readdir(cocoFolder))
  const coco = await readCaptionedImages(join(sharedData, 'coco', 'captions_val2017.json'), cocoFolder)
  return {
    train: await selectListed(all, join(folder, 'train.txt')),
    dev: await selectListed(all, join(folder, 'dev.txt')),
    coco: coco.filter(({ fileName }) => there.has(fileName)).sort((a, b) => (a.fileName < b.fileName ? -1 : 1)),
  }
}

/** Photos that the small base learns from. */
export function basePhotos({ train }: Photos, theme: string, count: number): CaptionedImage[] {
  return train.filter((image) => !mentions(image, theme)).slice(0, count)
}

/** @throws Error where there are not enough photos of the theme */
export function situation(photos: Photos, setting: SituationSetting): Situation {
  const { train, dev, coco } = photos
  const { parent, theme, seed, fold } = setting
  const rehearsed = parent === 'small' ? basePhotos(photos, theme, setting.basePhotos) : train
  if (theme === 'coco') {
    const order = shuffled(coco, foldSeed)
    const learned = shuffled(
      order.filter((_, place) => place % folds !== fold),
      seed,
    )
    return {
      correctable: learned,
      judged: { photos: order.filter((_, place) => place % folds === fold), frequencies: 'coco' },
      elsewhere: { photos: dev, frequencies: 'flickr8k' },
      rehearsed,
    }
  }
  // Only what the parent has not learned from is worth correcting, or can be judged by.
  const known = new Set(rehearsed)
  const unknown = (parent === 'small' ? [...train, ...dev] : dev).filter((image) => !known.has(image))
  const found = theme === 'mixed' ? unknown : unknown.filter((image) => mentions(image, theme))
  const order = shuffled(found, seed)
  const most = Math.min(mostCorrected, Math.floor(order.length / 2))
  const judged = order.slice(most)
  if (judged.length === 0) throw new Error(`no photos to learn from mention “${theme}”`)
  const elsewhere = theme === 'mixed' ? coco : dev.filter((image) => !mentions(image, theme))
  return {
    correctable: order.slice(0, most),
    judged: { photos: judged, frequencies: 'flickr8k' },
    elsewhere: { photos: elsewhere, frequencies: theme === 'mixed' ? 'coco' : 'flickr8k' },
    rehearsed,
  }
}

/** A caption mentions `snow` where one of its words begins with it. */
function mentions({ captions }: CaptionedImage, theme: string): boolean {
  return theme !== 'mixed' && theme !== 'coco' && captions.some((caption) => tokenize(caption).some((word) => word.startsWith(theme)))
}

function shuffled<Item>(items: readonly Item[], seed: number): Item[] {
  return Array.from(permutation(randomAt(seed, 'order', 0), items.length), (place) => items[place])
}
