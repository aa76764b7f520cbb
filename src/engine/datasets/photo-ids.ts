/** Which photo has which image id, by a COCO file of any kind: a photo is the one whose path ends in the file's name for it. */
import { basename, resolve, sep } from 'node:path'
import { z } from 'zod'
import { imageIdSchema, type ImageId } from '#shared/domain.ts'
import { AppError } from '#shared/errors.ts'
import { parseEntry, placeOf } from './entry.ts'
import { readJson } from './json-stream.ts'
import { nativeName } from './photo-paths.ts'
import { unusable, type Purpose } from './purpose.ts'

const imageSchema = z.object({ id: imageIdSchema, file_name: z.string().min(1) })
const purpose: Purpose = { kept: 'Nothing was written.', todo: 'Mend the file, or leave --ids out.' }

/** Values by the photos' names in a data set, found by a photo's own path: the longest name wins. */
export class PathTails<Value> {
  readonly #values = new Map<string, Value>()

  add(fileName: string, value: Value): void {
    this.#values.set(spelling(nativeName(fileName)), value)
  }

  get size(): number {
    return this.#values.size
  }

  find(path: string): Value | undefined {
    const steps = spelling(resolve(path)).split(sep)
    for (let first = 0; first < steps.length; first += 1) {
      const found = this.#values.get(steps.slice(first).join(sep))
      if (found !== undefined) return found
    }
    return undefined
  }
}

function spelling(name: string): string {
  return name.normalize('NFC')
}

/**
 * The ids of photos by their paths.
 * @throws AppError `not-found`; `bad-input` for a photo that the file does not name, and for two photos that it means by one name
 */
export async function readPhotoIds(file: string, paths: readonly string[]): Promise<Map<string, ImageId>> {
  const named = new PathTails<{ id: ImageId; fileName: string }>()
  for await (const step of readJson(file, { purpose, lists: ['images'] })) {
    if (step.kind !== 'entry') continue
    const { id, file_name: fileName } = parseEntry(imageSchema, step.value, { file, place: placeOf(step), purpose })
    named.add(fileName, { id, fileName })
  }
  if (named.size === 0) throw unusable(basename(file), 'it lists no image', purpose)
  const ids = new Map<string, ImageId>()
  const taken = new Map<ImageId, string>()
  for (const path of paths) {
    const found = named.find(path)
    if (found === undefined) {
      throw new AppError('bad-input', `${file} has no image of the name ${basename(path)}.`, { todo: 'Leave --ids out, or name the right file.' })
    }
    const other = taken.get(found.id)
    if (other !== undefined) {
      throw new AppError('bad-input', `${file} means two photos by “${found.fileName}”: ${other} and ${path}.`, {
        kept: purpose.kept,
        todo: 'Give the photos of one folder, or write the folders into file_name.',
      })
    }
    taken.set(found.id, path)
    ids.set(path, found.id)
  }
  return ids
}
