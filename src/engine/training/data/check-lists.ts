/** Checks the photos to learn from and the photos to judge by, before anything starts. */
import { createHash } from 'node:crypto'
import { AppError } from '#shared/errors.ts'
import type { CaptionedImage } from '#engine/datasets/captioned-photos.ts'

/**
 * A photo in both lists would reward what was learned by heart; without photos to judge by, nothing could choose the weights.
 * @throws AppError `bad-input` naming photos of both lists, `too-little-data` for an empty one
 */
export function checkLists({
  train,
  dev,
  judged = [],
}: {
  train: readonly CaptionedImage[]
  dev: readonly CaptionedImage[]
  judged?: readonly CaptionedImage[]
}): void {
  const nothing = { kept: 'Nothing was started.' }
  if (dev.every(({ captions }) => captions.length === 0)) {
    throw new AppError('too-little-data', 'There is no captioned photo to judge by.', { ...nothing, todo: 'Name photos with captions in the list of dev.' })
  }
  const learned = new Set(train.map(({ path }) => path))
  const both = [...new Set([...dev, ...judged].filter(({ path }) => learned.has(path)).map(({ fileName }) => fileName))]
  if (both.length === 0) return
  const named = both.slice(0, 3).join(', ')
  throw new AppError(
    'bad-input',
    `${both.length === 1 ? 'A photo is' : `${both.length} photos are`} both in the list to learn from and in the one to judge by: ${named}${both.length > 3 ? ', …' : ''}.`,
    {
      ...nothing,
      todo: 'Take them out of one of the two lists.',
    },
  )
}

/** SHA-256 over names and captions: runs with the same digest used the same texts for photos of the same names. */
export function digestOfCaptions(images: readonly CaptionedImage[]): string {
  const content = images.map(({ fileName, captions }) => [fileName, captions])
  return createHash('sha256').update(JSON.stringify(content)).digest('hex')
}
