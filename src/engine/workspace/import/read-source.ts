import type { ImportSource } from '#shared/api.ts'
import { assertNever } from '#shared/errors.ts'
import { readCocoSource } from './coco-source.ts'
import { readFlickr8kSource } from './flickr8k-source.ts'
import { readFolderSource } from './folder-source.ts'
import type { ReadSource } from './source.ts'

/** What a source says, checked; no image file is opened. @throws AppError naming the file, line or key at fault */
export function readSource(source: ImportSource): Promise<ReadSource> {
  switch (source.kind) {
    case 'folder':
      return readFolderSource(source)
    case 'coco':
      return readCocoSource(source)
    case 'flickr8k':
      return readFlickr8kSource(source)
    default:
      return assertNever(source)
  }
}
