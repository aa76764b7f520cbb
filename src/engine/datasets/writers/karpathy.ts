/** Karpathy's dataset JSON, as captioning code of the field reads it. */
import { detailFields, objectsField } from '../details.ts'
import { jsonList } from './json-rows.ts'
import type { DatasetWriter, WrittenPhotos, Writing } from './writer.ts'

const splitNames = { train: 'train', dev: 'val', test: 'test', none: '' } as const

function* images(photos: WrittenPhotos, { details }: Writing): Generator<object> {
  let [sentence, imgid] = [0, 0]
  for (const { id, fileName, split, captions, ...photo } of photos) {
    const place = imgid++
    const folder = fileName.lastIndexOf('/')
    const sentences = captions.map((caption) => ({
      raw: caption.text,
      tokens: caption.text.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? [],
      imgid: place,
      sentid: sentence++,
      ...detailFields(caption, details),
    }))
    yield {
      filepath: folder === -1 ? '' : fileName.slice(0, folder),
      filename: fileName.slice(folder + 1),
      cocoid: id,
      imgid: place,
      split: splitNames[split],
      sentids: sentences.map(({ sentid }) => sentid),
      sentences,
      ...objectsField(photo, details),
    }
  }
}

export const karpathyWriter: DatasetWriter = {
  kind: 'file',
  *pieces(photos, writing) {
    yield '{"images": '
    yield* jsonList(images(photos, writing))
    yield `,\n"dataset": ${JSON.stringify(writing.description)}}\n`
  },
}
