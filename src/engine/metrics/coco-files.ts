/**
 * COCO caption files: references (`captions_*.json`) and results (`[{image_id, caption}]`). A file is taken whole or refused with the place
 * at fault; captions are tied to images by id alone, so nothing can shift.
 */
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { AppError, toReport } from '#shared/errors.ts'

export type ImageId = number | string

/** Captions as written in the file, line ends included. */
export interface ReferenceFile {
  /** references by image, in the order of the file's images; images without captions have none */
  captions: Map<ImageId, string[]>
}

/** One image with its raw captions. */
export interface CaptionedImage {
  id: ImageId
  candidate: string
  references: readonly string[]
}

export interface Matched {
  images: CaptionedImage[]
  /** images with references that have no result */
  withoutResult: number
}

const imageId = z.union([z.number().int(), z.string().min(1)])
const caption = z.object({ image_id: imageId, caption: z.string() })
const referenceSchema = z.object({ images: z.array(z.object({ id: imageId })).optional(), annotations: z.array(caption) })
const instancesSchema = z.object({
  images: z.array(z.object({ id: imageId })),
  annotations: z.array(z.object({ image_id: imageId, category_id: z.number().int() })),
  categories: z.array(z.object({ id: z.number().int(), name: z.string() })),
})
const resultSchema = z.array(caption)

const nothingScored = { kept: 'Nothing was scored.' }

/**
 * Reads references: a COCO captions file, or a plain list of `{image_id, caption}`.
 * @throws AppError `not-found`, `not-permitted`, or `bad-input` naming the entry at fault
 */
export async function readReferences(path: string): Promise<ReferenceFile> {
  const json = await readJson(path)
  const expected = 'a COCO captions file: {"images": [{"id": …}], "annotations": [{"image_id": …, "caption": …}]}'
  if (!Array.isArray(json) && !(typeof json === 'object' && json !== null && 'annotations' in json)) {
    throw notCoco(path, 'it has no "annotations"', expected)
  }
  const parsed = referenceSchema.safeParse(Array.isArray(json) ? { annotations: json } : json)
  if (!parsed.success) throw notCoco(path, place(parsed.error), expected)
  const captions = new Map<ImageId, string[]>(parsed.data.images?.map(({ id }) => [id, []]))
  for (const annotation of parsed.data.annotations) {
    const known = captions.get(annotation.image_id)
    if (known) known.push(annotation.caption)
    else captions.set(annotation.image_id, [annotation.caption])
  }
  return { captions }
}

/**
 * Reads results, one caption an image.
 * @throws AppError `not-found`, `not-permitted`, or `bad-input` naming the entry at fault or the image given twice
 */
export async function readResults(path: string): Promise<Map<ImageId, string>> {
  const json = await readJson(path)
  const parsed = resultSchema.safeParse(json)
  if (!parsed.success) throw notCoco(path, place(parsed.error), 'a COCO results file: [{"image_id": …, "caption": …}, …]')
  const results = new Map<ImageId, string>()
  for (const [position, result] of parsed.data.entries()) {
    if (results.has(result.image_id)) {
      throw new AppError('bad-input', `${path} has two captions for image ${result.image_id} (the second is entry ${position}).`, {
        ...nothingScored,
        todo: 'Keep one caption for each image.',
      })
    }
    results.set(result.image_id, result.caption)
  }
  if (results.size === 0) {
    throw new AppError('too-little-data', `${path} holds no caption.`, { ...nothingScored, todo: 'Give at least one.' })
  }
  return results
}

/**
 * Reads the classes of each image's annotated objects from a COCO instances file.
 * @throws AppError `not-found`, `not-permitted`, or `bad-input` naming the entry at fault
 */
export async function readInstances(path: string): Promise<Map<ImageId, Set<string>>> {
  const parsed = instancesSchema.safeParse(await readJson(path))
  if (!parsed.success) {
    throw notCoco(path, place(parsed.error), 'a COCO instances file: {"images": […], "annotations": […], "categories": […]}')
  }
  const { images, annotations, categories } = parsed.data
  const names = new Map(categories.map(({ id, name }) => [id, name]))
  const classes = new Map<ImageId, Set<string>>(images.map(({ id }) => [id, new Set()]))
  for (const [position, annotation] of annotations.entries()) {
    const name = names.get(annotation.category_id)
    if (name === undefined) {
      throw notCoco(path, `annotations[${position}] is of category ${annotation.category_id}, which is not listed`, 'all categories')
    }
    const known = classes.get(annotation.image_id)
    if (known) known.add(name)
    else classes.set(annotation.image_id, new Set([name]))
  }
  return classes
}

/**
 * Joins results with references by image id, in the order of the reference file, as coco-caption does. Images without a result are left
 * out and counted; the reverse is an error.
 * @throws AppError `bad-input` for a result whose image has no reference
 */
export function matchResults(references: ReferenceFile, results: ReadonlyMap<ImageId, string>): Matched {
  const foreign = [...results.keys()].filter((id) => !references.captions.get(id)?.length)
  if (foreign.length > 0) {
    const named = foreign.slice(0, 5).join(', ') + (foreign.length > 5 ? ', …' : '')
    const otherType = foreign.some((id) => references.captions.has(typeof id === 'number' ? String(id) : Number(id)))
    throw new AppError('bad-input', `${foreign.length} of ${results.size} results are of images without references: ${named}.`, {
      ...nothingScored,
      todo: otherType ? 'Write image ids alike in both files (numbers or strings).' : 'Check that the two files belong together.',
    })
  }
  const images: CaptionedImage[] = []
  let withoutResult = 0
  for (const [id, captions] of references.captions) {
    const candidate = results.get(id)
    if (candidate !== undefined) images.push({ id, candidate, references: captions })
    else if (captions.length > 0) withoutResult++
  }
  return { images, withoutResult }
}

async function readJson(path: string): Promise<unknown> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    const { code, happened, todo } = toReport(error)
    throw new AppError(code, `${path} cannot be read. ${happened}`, { ...nothingScored, todo, cause: error })
  }
  try {
    return JSON.parse(text.startsWith('\ufeff') ? text.slice(1) : text)
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'it cannot be parsed'
    throw new AppError('bad-input', `${path} is not JSON: ${reason}.`, {
      ...nothingScored,
      todo: 'Check that the file is whole.',
      cause: error,
    })
  }
}

function notCoco(path: string, reason: string, expected: string): AppError {
  return new AppError('bad-input', `${path} cannot be used: ${reason}.`, { ...nothingScored, todo: `Give ${expected}.` })
}

/** The first entry at fault and why, as `annotations[3].caption: expected string`. */
function place(error: z.ZodError): string {
  const issue = error.issues[0]
  const path = issue.path.map((step, i) => (typeof step === 'number' ? `[${step}]` : `${i === 0 ? '' : '.'}${String(step)}`)).join('')
  return `${path === '' ? 'the file' : path}: ${issue.message}`
}
