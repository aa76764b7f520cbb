import { basename } from 'node:path'
import type { ImportSource } from '#shared/exchange.ts'

/** What a person reads in the list of jobs. */
export function importTitle(source: ImportSource): string {
  switch (source.kind) {
    case 'folder':
      return `Import the images of ${basename(source.folder)}`
    case 'captions':
      return `Import ${basename(source.file)}`
    case 'instances':
      return `Import the objects of ${basename(source.file)}`
    case 'texts':
      return `Import ${source.as} from ${basename(source.file)}`
    case 'results':
      return `Import the captions of ${source.modelName}`
  }
}
