/** The boxes that a COCO instances file names. */
import { basename, dirname, relative, resolve, sep } from 'node:path'
import { readInstanceFile } from '#engine/datasets/instances.ts'
import { PathTails } from '#engine/datasets/photo-ids.ts'
import { commonFolder, nativeName, portableName } from '#engine/datasets/photo-paths.ts'
import { unusable } from '#engine/datasets/purpose.ts'
import { AppError } from '#shared/errors.ts'
import type { BoxSource, LabelledBox } from './photo-boxes.ts'
import { storedPhoto, uprightShares } from './upright-boxes.ts'

export interface InstancePhoto {
  /** Pixels of the photo that the boxes are of, as the file says. */
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

/**
 * The boxes of photos by their paths, in pixels of the upright photo. A photo is the one whose path ends in the file's name for it; failing that the only
 * one of that name in any folder. @throws as `readInstanceBoxes`; the source throws AppError `not-found` for a photo that the file does not name, and
 * `bad-input` for one of two that it means by one name
 */
export async function instanceBoxSource(file: string, paths: readonly string[]): Promise<BoxSource> {
  const photos = await readInstanceBoxes(file)
  const byTail = new PathTails<NamedPhoto>()
  for (const [fileName, photo] of photos) byTail.add(fileName, { fileName, photo })
  const meant = photosMeant(byTail, paths)
  const find = (path: string): InstancePhoto | undefined => {
    const named = meant.get(path)
    if (named === null) return undefined
    if (named !== undefined) {
      if (named.others.length === 0) return named.photo
      throw new AppError('bad-input', `${basename(file)} means two photos by “${named.fileName}”: ${path} and ${named.others[0]}.`, {
        todo: 'Give the photos of one folder, or write the folders into file_name.',
      })
    }
    const own = (name: string): boolean => nativeName(name).split(sep).at(-1) === basename(path)
    const alike = [...photos].filter(([name]) => own(name))
    return alike.length === 1 && paths.filter(own).length === 1 ? alike[0][1] : undefined
  }
  return async (bytes, path, size) => {
    const photo = find(path)
    if (photo === undefined) {
      throw new AppError('not-found', `${basename(file)} names no photo that is ${path}.`, {
        todo: 'Write its folders into file_name as they are, or leave it out.',
      })
    }
    const stored = await storedPhoto(bytes, path)
    return photo.boxes.map(({ box, ...rest }) => {
      const [x0, y0, x1, y1] = uprightShares(box, photo, stored)
      return { ...rest, box: [x0 * size.width, y0 * size.height, x1 * size.width, y1 * size.height] }
    })
  }
}

interface NamedPhoto {
  fileName: string
  photo: InstancePhoto
}

/**
 * What the file names of each path. Of several paths that end in one name it means the one that has it below the folder of all, and the others (null) it does not
 * name; where none has, it could mean any of them.
 */
function photosMeant(byTail: PathTails<NamedPhoto>, paths: readonly string[]): Map<string, (NamedPhoto & { others: string[] }) | null> {
  const claims = new Map<NamedPhoto, string[]>()
  for (const path of paths) {
    const named = byTail.find(path)
    if (named !== undefined) claims.set(named, [...(claims.get(named) ?? []), path])
  }
  const folder = commonFolder(paths.map((path) => dirname(resolve(path))))
  const meant = new Map<string, (NamedPhoto & { others: string[] }) | null>()
  for (const [named, claiming] of claims) {
    const whole = claiming.find((path) => folder !== null && portableName(relative(folder, resolve(path))) === portableName(nativeName(named.fileName)))
    for (const path of claiming)
      meant.set(
        path,
        whole !== undefined && path !== whole ? null : { ...named, others: whole === undefined ? claiming.filter((other) => other !== path) : [] },
      )
  }
  return meant
}

function area({ box: [x0, y0, x1, y1] }: LabelledBox): number {
  return (x1 - x0) * (y1 - y0)
}
