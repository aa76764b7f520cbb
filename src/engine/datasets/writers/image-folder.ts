/** Hugging Face's image folder: copies of the photos, and `metadata.jsonl` with a row a photo. */
import { detailFields, objectsField } from '../details.ts'
import { jsonLines } from './json-rows.ts'
import type { DatasetWriter, WrittenPhotos, Writing } from './writer.ts'

/** One caption is a text; where any photo has several, all rows hold lists, since a column is of one kind. */
function* rows(photos: WrittenPhotos, { details }: Writing): Generator<object> {
  let lists = false
  for (const { captions } of photos) lists ||= captions.length > 1
  for (const { id, fileName, split, captions, ...photo } of photos) {
    const texts = captions.map(({ text }) => text)
    const fields = captions.map((caption) => detailFields(caption, details))
    const told = lists ? Object.fromEntries(Object.keys(fields[0]).map((key) => [key, fields.map((field) => field[key])])) : fields[0]
    yield { file_name: fileName, image_id: id, split: split === 'none' ? '' : split, text: lists ? texts : texts[0], ...told, ...objectsField(photo, details) }
  }
}

export const imageFolderWriter: DatasetWriter = {
  kind: 'folder',
  *entries(photos, writing) {
    yield { path: 'metadata.jsonl', text: jsonLines(rows(photos, writing)) }
    for (const { fileName, path } of photos) yield { path: fileName, copy: path }
  },
}
