import { basename } from 'node:path'
import type { ImportSource } from '#shared/sources.ts'

/** What a person reads in the list of jobs. */
export function importTitle(source: ImportSource): string {
  switch (source.kind) {
    case 'folder':
      return `Import the images of ${basename(source.folder)}`
    case 'coco':
      return `Import ${basename(source.file)}`
    case 'flickr8k':
      return `Import ${basename(source.captions)}`
    case 'results':
      return `Import the captions of ${source.modelName}`
  }
}
