import type { ImportSource } from '#shared/sources.ts'
import { assertNever } from '#shared/errors.ts'
import { readCaptionsSource } from './captions-source.ts'
import { readFolderSource } from './folder-source.ts'
import type { ReadSource } from './source.ts'

/** A source of images; captions of other captioners are external-captions.ts's. */
export type ImageSource = Exclude<ImportSource, { kind: 'results' }>

/** What a source says, checked; no image file is opened. @throws AppError naming the file, line or key at fault */
export function readSource(source: ImageSource): Promise<ReadSource> {
  switch (source.kind) {
    case 'folder':
      return readFolderSource(source)
    case 'coco':
      return readCaptionsSource({ ...source, likely: 'coco-captions', lists: {} })
    case 'flickr8k':
      return readCaptionsSource({ ...source, file: source.captions, likely: 'flickr8k', split: 'none' })
    default:
      return assertNever(source)
  }
}
