/** What an import would bring: the same reading that the import does, without its end. */
import { assertNever } from '#shared/errors.ts'
import type { ImportPreview, ImportSource } from '#shared/exchange.ts'
import { findByPath } from '../repositories/images.ts'
import type { Database } from '../storage/database.ts'
import { readExternalCaptions } from './external-captions.ts'
import { previewInstances } from './instances-source.ts'
import { readSource, type ImageSource } from './read-source.ts'
import { readTexts } from './texts-source.ts'

/** @throws AppError as the import would */
export async function previewImport(database: Database, source: ImportSource): Promise<ImportPreview> {
  switch (source.kind) {
    case 'folder':
    case 'captions':
      return previewImages(database, source)
    case 'results':
      return (await readExternalCaptions(database, source)).preview
    case 'texts':
      return (await readTexts(database, source)).preview
    case 'instances':
      return previewInstances(database, source)
    default:
      return assertNever(source)
  }
}

async function previewImages(database: Database, source: ImageSource): Promise<ImportPreview> {
  const { format, images, leftOut } = await readSource(source)
  try {
    const unpacked = source.kind === 'captions' && source.unpackTo !== undefined
    for (const { path } of images.each(true)) leftOut.add(path, 'The file is missing.')
    let fresh = 0
    // Unpacked, they are files of a folder that is not there yet.
    for (const { path } of images.each()) if (unpacked || findByPath(database, path) === undefined) fresh += 1
    return leftOut.preview({ format, photos: images.count(), fresh, captions: images.captions() })
  } finally {
    images.close()
  }
}
