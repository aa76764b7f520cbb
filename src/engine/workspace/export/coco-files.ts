/** COCO's two caption formats, as JSON text. */
import type { ExportedImage } from './export-texts.ts'

/** Results: `[{image_id, caption, file_name}]`; scorers read the first two, the name tells people which photo is meant. */
export function cocoResults(images: readonly ExportedImage[]): string {
  return lines(images.map(({ id, fileName, text }) => ({ image_id: id, caption: text, file_name: fileName })))
}

/** Captions as references: `{info, images, annotations}`. */
export function cocoCaptions(images: readonly ExportedImage[], description: string): string {
  const info = JSON.stringify({ description, version: '1.0' })
  const imageRows = images.map(({ id, fileName, width, height }) => ({ id, file_name: fileName, width, height }))
  const annotations = images.map(({ id, text }, index) => ({ id: index + 1, image_id: id, caption: text }))
  return `{"info": ${info},\n"licenses": [],\n"images": ${lines(imageRows).trimEnd()},\n"annotations": ${lines(annotations).trimEnd()}}\n`
}

/** One row a line: files that people can look into and compare. */
function lines(rows: readonly object[]): string {
  return `[\n${rows.map((row) => JSON.stringify(row)).join(',\n')}\n]\n`
}
