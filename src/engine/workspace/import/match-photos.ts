/** Which image of the workspace a data set means: by path, by COCO id, or by content. */
import { basename, relative } from 'node:path'
import type { PhotoName } from '#engine/datasets/record.ts'
import { portableName } from '#engine/datasets/photo-paths.ts'
import type { ImageId } from '#shared/domain.ts'
import type { Database } from '../storage/database.ts'

export type PhotoMatch = { kind: 'matched'; imageId: number } | { kind: 'unmatched'; reason: string }

interface KnownImage {
  id: number
  path: string
  /** Its path below its root, as data sets write it. */
  below: string
  contentHash: string
}

/**
 * A matcher over all images. A file name counts first, since ids may be another file's: it is the path of one image below its root, else the end of the path of only one. Then the id, written as a number or a word;
 * then, where the name is a SHA-256, the content.
 */
export function photoMatcher(database: Database): (photo: PhotoName) => PhotoMatch {
  const byName = new Map<string, KnownImage[]>()
  const byHash = new Map<string, number>()
  const images = database.prepare<[], Omit<KnownImage, 'below'> & { root: string }>('SELECT id, path, root, content_hash AS contentHash FROM image ORDER BY id')
  for (const { id, path, root, contentHash } of images.iterate()) {
    const name = spelling(basename(path))
    const alike = byName.get(name) ?? []
    byName.set(name, alike)
    alike.push({ id, path, below: spelling(portableName(relative(root, path))), contentHash })
    byHash.set(contentHash, id)
  }
  const byId = new Map<string, Set<number>>()
  const ids = database.prepare<[], { imageId: number; id: ImageId }>(
    'SELECT id AS imageId, source_id AS id FROM image WHERE source_id IS NOT NULL UNION SELECT image_id, id FROM further_id',
  )
  for (const { imageId, id } of ids.iterate()) byId.set(String(id), (byId.get(String(id)) ?? new Set()).add(imageId))

  const named = (fileName: string): KnownImage[] => {
    const steps = spelling(fileName.replaceAll('\\', '/')).split('/')
    const alike = byName.get(steps.at(-1) ?? '') ?? []
    const whole = alike.filter(({ path }) => `/${spelling(portableName(path))}`.endsWith(`/${steps.join('/').replace(/^\/+/, '')}`))
    // What data sets name from the images' root is that one, though others lie deeper under the same name.
    const own = whole.filter(({ below }) => below === steps.join('/'))
    if (own.length === 1) return own
    // Folders that are not the image's (val2014/a.jpg) do not hinder a name that is the only one of its kind.
    return whole.length > 0 || alike.length !== 1 ? whole : alike
  }

  return ({ fileName, id }) => {
    const images = fileName === null ? [] : named(fileName)
    if (images.length === 1) return { kind: 'matched', imageId: images[0].id }
    const hashed = fileName === null ? undefined : byHash.get(fileName.toLowerCase().replace(/\.\w+$/, ''))
    if (hashed !== undefined) return { kind: 'matched', imageId: hashed }
    const known = id === null ? [] : [...(byId.get(String(id)) ?? [])].filter((imageId) => images.length === 0 || images.some((image) => image.id === imageId))
    if (known.length === 1) return { kind: 'matched', imageId: known[0] }
    if (known.length > 1) return { kind: 'unmatched', reason: `${known.length} images have the id ${String(id)}.` }
    if (images.length > 1) return { kind: 'unmatched', reason: `${images.length} images are called “${fileName ?? ''}”.` }
    return {
      kind: 'unmatched',
      reason:
        fileName === null ? `No image has the id ${String(id)}.` : `No image is called “${fileName}”${id === null ? '' : ` or has the id ${String(id)}`}.`,
    }
  }
}

function spelling(name: string): string {
  return name.normalize('NFC')
}
