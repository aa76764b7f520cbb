/** Where the boxes of a photo's regions come from: the embedded detector, a COCO instances file, or the annotator's own. */
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { AppError } from '#shared/errors.ts'
import type { Encoder } from './encoder.ts'
import { prepareImage } from './image.ts'
import { toPhoto } from './placement.ts'

/** In pixels of the upright photo: x0, y0, x1, y1. */
export interface LabelledBox {
  label: string
  box: readonly [number, number, number, number]
  /** the detector's; 1 for what a person drew */
  score: number
}

/** Boxes of a photo, given its file and the size it has upright. */
export type BoxSource = (bytes: Uint8Array, path: string, size: { width: number; height: number }) => Promise<readonly LabelledBox[]>

/** What a detector finds, best first. Throws AppError `unavailable` for an encoder that is none. */
export function detectedBoxes(detector: Encoder, options: { minimumScore: number; limit: number }): BoxSource {
  return async (bytes, path) => {
    const { width, height } = detector.manifest.input
    const { pixels, placement } = await prepareImage(bytes, detector.manifest.input, path)
    const [found] = await detector.detect(pixels, 1, options)
    return found.map(({ label, score, box: [x0, y0, x1, y1] }) => ({ label, score, box: toPhoto(placement, [x0 * width, y0 * height, x1 * width, y1 * height]) }))
  }
}

/** Boxes in shares of the photo's width and height, as annotators draw them, as boxes in pixels. */
export function sharesToBoxes(
  shares: readonly { label: string; left: number; top: number; width: number; height: number; score: number | null }[],
  size: { width: number; height: number },
): LabelledBox[] {
  return shares.map(({ label, left, top, width, height, score }) => ({
    label,
    score: score ?? 1,
    box: [left * size.width, top * size.height, (left + width) * size.width, (top + height) * size.height],
  }))
}

const instancesSchema = z.object({
  images: z.array(z.object({ id: z.union([z.number().int(), z.string()]), file_name: z.string() })),
  annotations: z.array(
    z.object({
      image_id: z.union([z.number().int(), z.string()]),
      category_id: z.number().int(),
      /** x, y, width, height in pixels */
      bbox: z.tuple([z.number(), z.number(), z.number().min(0), z.number().min(0)]),
      iscrowd: z.union([z.literal(0), z.literal(1)]).default(0),
    }),
  ),
  categories: z.array(z.object({ id: z.number().int(), name: z.string() })),
})

/**
 * The boxes of a COCO instances file by file name, largest first; crowds, whose box is of many things, are left out. Throws AppError `not-found`, or
 * `bad-input` naming the entry at fault.
 */
export async function readInstanceBoxes(path: string): Promise<Map<string, LabelledBox[]>> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new AppError('not-found', `${path} cannot be read.`, { todo: 'Check the path.', cause })
  })
  const refuse = (what: string, cause: unknown): AppError =>
    new AppError('bad-input', `${path} is no COCO instances file: ${what}.`, { todo: 'Give {"images": […], "annotations": [{"bbox": …}], "categories": […]}.', cause })
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw refuse('it is not JSON', cause)
  }
  const parsed = instancesSchema.safeParse(json)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw refuse(`${issue.path.join('.')}: ${issue.message}`, parsed.error)
  }
  const { images, annotations, categories } = parsed.data
  const labels = new Map(categories.map(({ id, name }) => [id, name]))
  const names = new Map(images.map(({ id, file_name: name }) => [id, name]))
  const boxes = new Map<string, LabelledBox[]>(images.map(({ file_name: name }) => [name, []]))
  for (const { image_id: imageId, category_id: category, bbox: [x, y, width, height], iscrowd } of annotations) {
    if (iscrowd === 1) continue
    boxes.get(names.get(imageId) ?? '')?.push({ label: labels.get(category) ?? String(category), score: 1, box: [x, y, x + width, y + height] })
  }
  for (const list of boxes.values()) list.sort((one, other) => area(other) - area(one))
  return boxes
}

function area({ box: [x0, y0, x1, y1] }: LabelledBox): number {
  return (x1 - x0) * (y1 - y0)
}
