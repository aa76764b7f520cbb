/** The boxes that a COCO instances file names. */
import { basename } from 'node:path'
import { readInstanceFile } from '#engine/datasets/instances.ts'
import { unusable } from '#engine/datasets/purpose.ts'
import type { LabelledBox } from './photo-boxes.ts'

export interface InstancePhoto {
  /** Pixels of the upright photo. */
  width: number
  height: number
  /** Largest first. */
  boxes: LabelledBox[]
}

const purpose = { kept: '', todo: 'Mend the file, or leave it out.' }

/**
 * The photos of a COCO instances file by file name; crowds, whose box is of many things, are left out. Throws AppError `not-found`, or `bad-input` naming
 * the entry at fault.
 */
export async function readInstanceBoxes(file: string): Promise<Map<string, InstancePhoto>> {
  const photos = new Map<string, InstancePhoto>()
  for (const { id, fileName, size, objects } of (await readInstanceFile(file, purpose)).values()) {
    if (fileName === null) continue // an object of a photo that is not listed
    if (size === null) throw unusable(`${basename(file)}, image ${id}`, 'its width and height are not given', purpose)
    const boxes = objects.flatMap(({ label, category, box, crowd, place }): LabelledBox[] => {
      if (crowd) return []
      if (box === null) throw unusable(`${basename(file)}, ${place}.bbox`, 'it has no box', purpose)
      const [x, y, width, height] = box
      return [{ label: label ?? String(category), score: 1, box: [x, y, x + width, y + height] }]
    })
    photos.set(fileName, { ...size, boxes: boxes.sort((one, other) => area(other) - area(one)) })
  }
  return photos
}

function area({ box: [x0, y0, x1, y1] }: LabelledBox): number {
  return (x1 - x0) * (y1 - y0)
}
