/** A snapshot as a file: its texts and weights, and each photo by the SHA-256 of its content, wherever it lies. It replays a fine-tuning elsewhere. */
import { z } from 'zod'
import { AppError } from '#shared/errors.ts'
import { parseJson } from '#shared/json.ts'
import { purposes, unusable, type Purpose } from '#engine/datasets/purpose.ts'
import { isFolder } from '#engine/datasets/packed-files.ts'
import { glimpse } from '#engine/datasets/text-file.ts'
import { jsonList } from '#engine/datasets/writers/json-rows.ts'
import { readRegularText } from '#engine/files/regular-file.ts'
import { drawNumber, snapshotItemKinds, type DrawnImage, type SnapshotItem } from '../repositories/snapshots.ts'

const format = 'capstan-snapshot'
/** 2: what corrections replace, ratings and rejected candidates. */
const newestVersion = 2

const photoSchema = z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/), fileName: z.string() })

export const snapshotFileSchema = z.object({
  format: z.literal(format),
  formatVersion: z.number().int().min(1).max(newestVersion),
  name: z.string().min(1).max(200),
  createdAt: z.string(),
  photos: z.array(
    photoSchema.extend({
      texts: z
        .array(
          z.object({
            kind: z.enum(snapshotItemKinds),
            text: z.string(),
            weight: z.number().min(0),
            heldOut: z.boolean(),
            replaces: z.string().nullable().default(null),
            rating: z.int().min(1).max(5).nullable().default(null),
          }),
        )
        .min(1),
    }),
  ),
  /** Photos that nobody captioned: a run may rehearse what its parent says of them. */
  uncaptioned: z.array(photoSchema),
})
export type SnapshotFile = z.infer<typeof snapshotFileSchema>

export const snapshotFormat = { format, formatVersion: newestVersion } as const

/** One photo a line: files that people can look into and compare. */
export function snapshotText({ photos, uncaptioned, ...head }: SnapshotFile): string {
  const lines = (rows: readonly object[]): string => [...jsonList(rows)].join('')
  const start = JSON.stringify(head).slice(0, -1)
  return `${start},\n"photos": ${lines(photos)},\n"uncaptioned": ${lines(uncaptioned)}}\n`
}

/**
 * Reads a snapshot's file; undefined where the file is JSON of another kind, or none, which is told by its beginning: it is not read to its end.
 * @throws AppError `not-found`, `newer-version`, `bad-input` naming the entry at fault
 */
export async function readSnapshotFile(file: string, purpose: Purpose = purposes.training): Promise<SnapshotFile | undefined> {
  if ((await isFolder(file)) || !(await glimpse(file, purpose)).text.includes(`"${format}"`)) return undefined
  const json = parsed(await readRegularText(file))
  const head = z.object({ format: z.literal(format), formatVersion: z.number() }).safeParse(json)
  if (!head.success) return undefined
  if (head.data.formatVersion > newestVersion) {
    throw new AppError('newer-version', `${file} was written by a newer Capstan.`, { kept: purpose.kept, todo: 'Update Capstan to use it.' })
  }
  const found = snapshotFileSchema.safeParse(json)
  if (found.success) return found.data
  const [issue] = found.error.issues
  throw unusable(file, `${issue.path.join('.')}: ${issue.message}`, purpose, found.error)
}

function parsed(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}

/** What a run over the file learns from, as from the workspace that wrote it. Images are numbered in the file's order. */
export function itemsOfFile({ photos, uncaptioned }: SnapshotFile): { items: SnapshotItem[]; unlabelled: DrawnImage[]; hashes: string[] } {
  const hashes = [...photos, ...uncaptioned].map(({ sha256 }) => sha256)
  const items = photos.flatMap(({ sha256, texts }, imageId) => texts.map((text) => ({ imageId, draw: drawNumber(sha256), ...text })))
  const unlabelled = uncaptioned.map(({ sha256 }, index) => ({ imageId: photos.length + index, draw: drawNumber(sha256) }))
  return { items, unlabelled, hashes }
}
