/** Captioned photos from the files that data sets come in: Flickr8k's token file or COCO captions JSON, with lists that name a split's photos. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { AppError } from '#shared/errors.ts'

export interface CaptionedImage {
  /** COCO's image id where there is one. */
  readonly id: number | null
  readonly fileName: string
  readonly path: string
  readonly captions: readonly string[]
  /** How much they count in training, 1 unless told. */
  readonly weight?: number
}

const cocoSchema = z.object({
  images: z.array(z.object({ id: z.int(), file_name: z.string().min(1) })),
  annotations: z.array(z.object({ image_id: z.int(), caption: z.string() })),
})

/**
 * Reads a captions file (JSON: COCO; else Flickr8k's `name#n<TAB>caption`), photos in the order of the file.
 * @throws AppError `not-found` or `bad-input`, naming the line or key at fault
 */
export async function readCaptionedImages(file: string, imageFolder: string): Promise<CaptionedImage[]> {
  const text = await readText(file)
  return file.toLowerCase().endsWith('.json') ? fromCoco(text, file, imageFolder) : fromFlickr8k(text, file, imageFolder)
}

function fromFlickr8k(text: string, file: string, imageFolder: string): CaptionedImage[] {
  const captions = new Map<string, string[]>()
  text.split('\n').forEach((rawLine, index) => {
    const line = rawLine.replace(/\r$/, '')
    if (line === '') return
    const match = /^([^\t]+?)#\d+\t(.*)$/s.exec(line)
    if (match === null) throw unusable(`${file}, line ${index + 1}: “name#number<tab>caption” is expected`)
    const [, name, caption] = match
    const known = captions.get(name)
    if (known === undefined) captions.set(name, [caption])
    else known.push(caption)
  })
  return [...captions].map(([fileName, texts]) => ({ id: null, fileName, path: join(imageFolder, fileName), captions: texts }))
}

function fromCoco(text: string, file: string, imageFolder: string): CaptionedImage[] {
  const { images, annotations } = parseJson(cocoSchema, text, file)
  const captions = new Map<number, string[]>(images.map(({ id }) => [id, []]))
  annotations.forEach(({ image_id: imageId, caption }, index) => {
    const known = captions.get(imageId)
    if (known === undefined) throw unusable(`${file}, annotations.${index}: there is no image ${imageId}`)
    known.push(caption)
  })
  return images.map(({ id, file_name: fileName }) => ({
    id,
    fileName,
    path: join(imageFolder, fileName),
    captions: captions.get(id) ?? [],
  }))
}

/**
 * The photos that a list names, in its order; one file name (or COCO image id) a line.
 * @throws AppError `bad-input` for a name that the captions file lacks
 */
export async function selectListed(images: readonly CaptionedImage[], listFile: string): Promise<CaptionedImage[]> {
  const byName = new Map<string, CaptionedImage>()
  for (const image of images) {
    byName.set(image.fileName, image)
    if (image.id !== null) byName.set(String(image.id), image)
  }
  const names = (await readText(listFile)).split('\n').map((line) => line.trim())
  return names.flatMap((name, index) => {
    if (name === '') return []
    const image = byName.get(name)
    if (image === undefined) throw unusable(`${listFile}, line ${index + 1}: “${name}” has no captions`)
    return [image]
  })
}

const imagesSchema = z.object({ images: z.array(z.object({ id: z.int(), file_name: z.string().min(1) })) })

/** Image ids by file name, from any COCO file. Throws AppError `not-found` or `bad-input`. */
export async function readImageIds(file: string): Promise<Map<string, number>> {
  const { images } = parseJson(imagesSchema, await readText(file), file)
  return new Map(images.map(({ id, file_name: name }) => [name, id]))
}

function parseJson<Schema extends z.ZodType>(schema: Schema, text: string, file: string): z.infer<Schema> {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw unusable(`${file} is not JSON`, cause)
  }
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw unusable(`${file}, ${issue.path.join('.') || 'top level'}: ${issue.message}`, parsed.error)
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new AppError('not-found', `${file} cannot be read.`, { kept: 'Nothing was changed.', todo: 'Check the path.', cause })
  }
}

function unusable(reason: string, cause?: unknown): AppError {
  return new AppError('bad-input', `${reason}.`, {
    kept: 'Nothing was changed.',
    todo: 'Mend the file and try again.',
    ...(cause === undefined ? {} : { cause }),
  })
}
