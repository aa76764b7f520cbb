/** COCO's two caption formats (Chen et al. 2015): results, and captions as references. */
import { detailFields, objectsField } from '../details.ts'
import { jsonList } from './json-rows.ts'
import type { DatasetWriter, WrittenPhotos, Writing } from './writer.ts'

function* results(photos: WrittenPhotos, { details }: Writing): Generator<object> {
  for (const { id, fileName, captions } of photos)
    for (const caption of captions) yield { image_id: id, caption: caption.text, file_name: fileName, ...detailFields(caption, details) }
}

/** Scorers read image id and caption; the name tells people which photo is meant. */
export const cocoResultsWriter: DatasetWriter = {
  kind: 'file',
  *pieces(photos, writing) {
    yield* jsonList(results(photos, writing))
    yield '\n'
  },
}

function* images(photos: WrittenPhotos, { details }: Writing): Generator<object> {
  for (const { id, fileName, size, ...photo } of photos)
    yield { id, file_name: fileName, width: size.width, height: size.height, ...objectsField(photo, details) }
}

function* annotations(photos: WrittenPhotos, { details }: Writing): Generator<object> {
  let id = 0
  for (const photo of photos)
    for (const caption of photo.captions) {
      id += 1
      yield { id, image_id: photo.id, caption: caption.text, ...detailFields(caption, details) }
    }
}

export const cocoCaptionsWriter: DatasetWriter = {
  kind: 'file',
  *pieces(photos, writing) {
    const info = JSON.stringify({ description: writing.description, version: '1.0' })
    yield `{"info": ${info},\n"licenses": [],\n"images": `
    yield* jsonList(images(photos, writing))
    yield ',\n"annotations": '
    yield* jsonList(annotations(photos, writing))
    yield '}\n'
  },
}
