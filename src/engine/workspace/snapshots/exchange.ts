/** Snapshots out of a workspace and into another: photos are found again by their content. */
import type { Snapshot } from '#shared/domain.ts'
import { AppError } from '#shared/errors.ts'
import type { ImportedSnapshot } from '#shared/fine-tuning.ts'
import { purposes, unusable } from '#engine/datasets/purpose.ts'
import { writeWhole } from '#engine/files/write-whole.ts'
import type { Database } from '../storage/database.ts'
import { getSnapshot, snapshotContents, snapshotItems, storeSnapshot, unlabelledImages, type NewItem } from '../repositories/snapshots.ts'
import { readSnapshotFile, snapshotFormat, snapshotText, type SnapshotFile } from './snapshot-file.ts'

/** @throws AppError `not-found`, and as `writeWhole` */
export async function exportSnapshot(database: Database, snapshotId: number, file: string): Promise<Snapshot> {
  const snapshot = getSnapshot(database, snapshotId)
  await writeWhole(file, snapshotText(fileOf(database, snapshot)))
  return snapshot
}

function fileOf(database: Database, { id, name, createdAt }: Snapshot): SnapshotFile {
  const named = new Map(
    database
      .prepare<[], { id: number; sha256: string; fileName: string }>('SELECT id, content_hash AS sha256, file_name AS fileName FROM image')
      .all()
      .map((image) => [image.id, { sha256: image.sha256, fileName: image.fileName }]),
  )
  const contents = snapshotContents(database, id)
  const photoOf = (imageId: number): { sha256: string; fileName: string } => {
    const { sha256, fileName } = named.get(imageId) ?? { sha256: '', fileName: '' }
    return { sha256: contents.get(imageId) ?? sha256, fileName }
  }
  const photos = new Map<number, SnapshotFile['photos'][number]>()
  for (const { imageId, draw: _draw, ...text } of snapshotItems(database, id)) {
    const photo = photos.get(imageId) ?? { ...photoOf(imageId), texts: [] }
    photo.texts.push(text)
    photos.set(imageId, photo)
  }
  const uncaptioned = unlabelledImages(database, id).map(({ imageId }) => photoOf(imageId))
  return { ...snapshotFormat, name, createdAt, photos: [...photos.values()], uncaptioned }
}

/**
 * Enters a file's snapshot. Photos of the dev and test splits here judge: their corrections are held out, their other texts stay outside, as ever.
 * @throws AppError as `readSnapshotFile`; `bad-input` for a file of another kind; `too-little-data` where none of its photos is here
 */
export async function importSnapshot(database: Database, file: string, time: string): Promise<ImportedSnapshot> {
  const read = await readSnapshotFile(file, purposes.import)
  if (read === undefined) throw unusable(file, 'it is no snapshot that Capstan wrote', purposes.import)
  const found = imagesByContent(database)
  const items: NewItem[] = []
  let missing = 0
  let judged = 0
  for (const { sha256, texts } of read.photos) {
    const image = found.get(sha256)
    if (image === undefined) missing++
    else if (!image.judges) items.push(...texts.map((text) => ({ imageId: image.id, ...text })))
    else {
      judged++
      items.push(...texts.filter(({ kind }) => kind === 'correction').map((text) => ({ imageId: image.id, ...text, heldOut: true })))
    }
  }
  if (items.length === 0) {
    throw new AppError('too-little-data', `None of the ${read.photos.length} photos of ${file} is in this workspace.`, {
      kept: 'Nothing was imported.',
      todo: 'Import the photos first: they are found by their content, under any name.',
    })
  }
  return { snapshot: storeSnapshot(database, { name: read.name, time: read.createdAt === '' ? time : read.createdAt }, items), missing, judged }
}

/** Of two images with the same content, the older. */
function imagesByContent(database: Database): Map<string, { id: number; judges: boolean }> {
  const rows = database
    .prepare<[], { id: number; sha256: string; judges: number }>(
      "SELECT id, content_hash AS sha256, split IN ('dev', 'test') AS judges FROM image ORDER BY id DESC",
    )
    .all()
  return new Map(rows.map(({ id, sha256, judges }) => [sha256, { id, judges: judges === 1 }]))
}
