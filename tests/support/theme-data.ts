/** Flickr8k without a theme, and the theme: what the adaptation benchmark trains, corrects and judges with. */
import { join } from 'node:path'
import { tokenize } from '#engine/text/simple-tokenizer.ts'
import { readCaptionedImages, selectListed, type CaptionedImage } from '#engine/datasets/captioned-photos.ts'
import { permutation, randomAt } from '#shared/random.ts'
import { sharedData, withoutSharedData } from './shared-data.ts'

export interface ThemeData {
  /** Photos to train the base with: no caption of theirs mentions the theme. */
  base: CaptionedImage[]
  /** Theme photos of the train split that a person corrects. */
  corrected: CaptionedImage[]
  /** All other theme photos, of the train and the dev split: nothing learns from them. */
  theme: CaptionedImage[]
  /** The dev split without the theme. */
  rest: CaptionedImage[]
  /** The whole train split: its captions give the document frequencies that both models are judged by. */
  train: CaptionedImage[]
}

export interface ThemeSetting {
  corrections: number
  /** The base learns from so many photos, in the order of the split's list. */
  basePhotos: number
  /** Draws which theme photos are corrected. */
  seed: number
}

/** Parts Flickr8k by a word: a caption mentions `snow` where one of its words begins with it. */
export async function themeData(theme: string, { corrections, basePhotos, seed }: ThemeSetting): Promise<ThemeData> {
  if (sharedData === undefined) throw new Error(withoutSharedData)
  const folder = join(sharedData, 'flickr8k')
  const all = await readCaptionedImages(join(folder, 'captions.token.txt'), join(folder, 'images'))
  const train = await selectListed(all, join(folder, 'train.txt'))
  const dev = await selectListed(all, join(folder, 'dev.txt'))
  const mentions = ({ captions }: CaptionedImage): boolean => captions.some((caption) => tokenize(caption).some((word) => word.startsWith(theme)))
  const found = train.filter(mentions)
  const order = permutation(randomAt(seed, 'order', 0), found.length)
  const drawn = Array.from(order, (place) => found[place])
  if (found.length < corrections) throw new Error(`only ${found.length} photos to learn from mention “${theme}”`)
  return {
    base: train.filter((image) => !mentions(image)).slice(0, basePhotos),
    corrected: drawn.slice(0, corrections),
    theme: [...drawn.slice(corrections), ...dev.filter(mentions)],
    rest: dev.filter((image) => !mentions(image)),
    train,
  }
}
