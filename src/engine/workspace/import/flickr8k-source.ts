/** Flickr8k's files: captions as `name.jpg#0<TAB>caption`, and lists of file names for the splits. */
import { basename, resolve } from 'node:path'
import type { ImportSource } from '#shared/api.ts'
import type { Split } from '#shared/domain.ts'
import { pathInside, readText, unusable, type ReadSource, type SourceImage } from './source.ts'

/** Reads captions and lists; images in the order of the captions file. @throws AppError `bad-input` naming the line at fault */
export async function readFlickr8kSource(source: Extract<ImportSource, { kind: 'flickr8k' }>): Promise<ReadSource> {
  const root = resolve(source.imageRoot)
  const name = basename(source.captions)
  const images = new Map<string, SourceImage>()
  for (const { line, place } of linesOf(await readText(resolve(source.captions)), name)) {
    const match = /^(?<fileName>[^\t]+?)#(?<number>\d+)\t(?<caption>.*)$/su.exec(line)?.groups
    if (!match) throw unusable(place, 'expected “file#number<tab>caption”')
    const { fileName, caption } = match
    let image = images.get(fileName)
    if (!image) {
      image = { path: pathInside(root, fileName, place), fileName, sourceId: null, split: 'none', references: [] }
      images.set(fileName, image)
    }
    const text = caption.trim()
    if (text !== '') image.references.push({ text, source: name })
  }
  if (images.size === 0) throw unusable(name, 'it holds no caption')
  for (const split of ['train', 'dev', 'test'] as const) await applyList(images, source.lists[split], split)
  return { root, images: [...images.values()] }
}

async function applyList(images: ReadonlyMap<string, SourceImage>, file: string | undefined, split: Split): Promise<void> {
  if (file === undefined) return
  for (const { line, place } of linesOf(await readText(resolve(file)), basename(file))) {
    const image = images.get(line.trim())
    if (!image) throw unusable(place, `“${line.trim()}” has no captions`)
    if (image.split !== 'none') throw unusable(place, `“${line.trim()}” is in the ${image.split} list too`)
    image.split = split
  }
}

/** Lines that are not empty, each with its place for messages. Only line feeds (and a carriage return before them) end a line. */
function linesOf(text: string, name: string): { line: string; place: string }[] {
  return text
    .split('\n')
    .map((line, index) => ({ line: line.endsWith('\r') ? line.slice(0, -1) : line, place: `${name}, line ${index + 1}` }))
    .filter(({ line }) => line.trim() !== '')
}
