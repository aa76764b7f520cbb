/** The boxes of photos' regions: found by a detecting encoder or named by COCO instances, kept in a file beside the feature caches. */
import { existsSync, readFileSync } from 'node:fs'
import { appendFile, mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { z } from 'zod'
import type { Encoder } from '../encoders/encoder.ts'
import type { EncoderManifest, Preprocessing } from '../encoders/encoder-manifest.ts'
import { featureKey } from '../features/feature-key.ts'
import { prepareImage, readImageFile } from '../photos/image.ts'
import { readInstanceBoxes } from './instance-boxes.ts'
import { placePhoto } from '../photos/placement.ts'
import { toInputBox, type RegionBox } from './roi-align.ts'
import { parseJson } from '#shared/json.ts'

const boxSchema = z.tuple([z.number(), z.number(), z.number(), z.number()])
const lineSchema = z.object({ hash: z.string(), boxes: z.array(boxSchema) })

/** Boxes by content hash, best first, in 0–1 of the encoder's input. */
export interface BoxStore {
  has(hash: string): boolean
  boxes(hash: string): readonly RegionBox[]
  /** Keeps boxes for this process and, with `keep`, for the next ones. */
  add(found: ReadonlyMap<string, readonly RegionBox[]>, keep: boolean): Promise<void>
}

/** The boxes that the encoder finds with a score of at least `minimumScore`. A line that a kill cut off is passed over. */
export function openBoxStore(folder: string, manifest: EncoderManifest, minimumScore: number): BoxStore {
  const { encoder, fingerprint } = featureKey(manifest)
  const file = join(folder, `${encoder}-${fingerprint}-boxes-${minimumScore}.jsonl`)
  const known = new Map<string, readonly RegionBox[]>()
  for (const line of existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []) {
    const parsed = parseLine(line)
    if (parsed !== undefined) known.set(parsed.hash, parsed.boxes)
  }
  return {
    has: (hash) => known.has(hash),
    boxes: (hash) => known.get(hash) ?? [],
    async add(found, keep) {
      for (const [hash, boxes] of found) known.set(hash, boxes)
      if (!keep || found.size === 0) return
      await mkdir(dirname(file), { recursive: true })
      // The first line break ends a line that a kill cut off.
      await appendFile(file, `\n${[...found].map(([hash, boxes]) => JSON.stringify({ hash, boxes: boxes.map(rounded) })).join('\n')}\n`)
    },
  }
}

const rounded = (box: RegionBox): number[] => box.map((edge) => Math.round(edge * 1e4) / 1e4)

function parseLine(line: string): z.infer<typeof lineSchema> | undefined {
  try {
    return lineSchema.parse(parseJson(line))
  } catch {
    return undefined
  }
}

export interface LocatedPhoto {
  path: string
  /** The folder that it must really lie in. */
  root?: string | undefined
  /** SHA-256 of the file's bytes. */
  hash: string
}

const photosAtOnce = 8

/** Finds the boxes that the store lacks. Throws AppError `unavailable` when the encoder finds none; and on abort the signal's reason. */
export async function detectBoxes(
  photos: readonly LocatedPhoto[],
  encoder: Encoder,
  store: BoxStore,
  { minimumScore, signal, onProgress }: { minimumScore: number; signal?: AbortSignal; onProgress?: (done: number, total: number) => void },
): Promise<void> {
  const { input } = encoder.manifest
  const lacking = photos.filter(({ hash }) => !store.has(hash))
  for (let first = 0; first < lacking.length; first += photosAtOnce) {
    signal?.throwIfAborted()
    const some = lacking.slice(first, first + photosAtOnce)
    const prepared = await Promise.all(some.map(async ({ path, root }) => (await prepareImage(await readImageFile(path, root), input, path)).pixels))
    const batch = new Float32Array(prepared.length * 3 * input.width * input.height)
    prepared.forEach((pixels, index) => batch.set(pixels, index * pixels.length))
    const detections = await encoder.detect(batch, some.length, { minimumScore })
    await store.add(new Map(some.map(({ hash }, index) => [hash, detections[index].map(({ box }) => box)])), true)
    onProgress?.(Math.min(first + photosAtOnce, lacking.length), lacking.length)
    await setImmediate()
  }
}

/** The boxes of a COCO instances file by the photos' file names, the largest first, in 0–1 of an encoder's input. Throws as `readInstanceBoxes`. */
export async function readInstanceRegions(file: string, input: Preprocessing): Promise<Map<string, RegionBox[]>> {
  const photos = await readInstanceBoxes(file)
  return new Map(
    Array.from(photos, ([name, { width, height, boxes }]) => {
      const placement = placePhoto(width, height, input)
      const regions = boxes.map(({ box }) => toInputBox(placement, input, box))
      return [name, regions.filter(([x0, y0, x1, y1]) => x1 > x0 && y1 > y0)]
    }),
  )
}
