import { assertNever } from '#shared/errors.ts'
import type { ImportSource } from '#shared/exchange.ts'
import { readCaptionsSource } from './captions-source.ts'
import { readFolderSource } from './folder-source.ts'
import type { ReadingProgress } from './matched-captions.ts'
import type { ReadSource } from './source.ts'

/** A source of images; captions of images that are there are matched-captions.ts's. */
export type ImageSource = Extract<ImportSource, { kind: 'folder' | 'captions' }>

/** What a source says, checked; no image file is opened. @throws AppError naming the file, line or key at fault */
export function readSource(source: ImageSource, progress: ReadingProgress = {}): Promise<ReadSource> {
  switch (source.kind) {
    case 'folder':
      return readFolderSource(source)
    case 'captions':
      return readCaptionsSource(source, progress)
    default:
      return assertNever(source)
  }
}
