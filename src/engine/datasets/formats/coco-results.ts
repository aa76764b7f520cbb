/**
 * COCO results JSON (coco-caption, "results format"): `[{image_id, caption}, …]`. Several captions of an image stand one after the other, best first. Capstan's own
 * add `file_name`.
 */
import { basename } from 'node:path'
import { z } from 'zod'
import { imageIdSchema } from '#shared/domain.ts'
import { authorOf, detailsOf } from '../details.ts'
import { parseEntry, placeOf } from '../entry.ts'
import type { DatasetFormat } from '../format.ts'
import { readJson } from '../json-stream.ts'
import { unusable } from '../purpose.ts'
import { plainCaption, type DatasetItem } from '../record.ts'
import type { TextReading } from '../text-file.ts'

const resultSchema = z.looseObject({ image_id: imageIdSchema, caption: z.string(), file_name: z.string().min(1).optional() })

async function* read(file: string, reading: TextReading): AsyncGenerator<DatasetItem> {
  const { purpose } = reading
  for await (const step of readJson(file, { ...reading, lists: [] })) {
    if (step.kind === 'top') {
      if (step.top === 'array') continue
      const todo = 'Give a COCO results file: [{"image_id": …, "caption": …}, …].'
      throw unusable(basename(file), `expected array, received ${step.top === 'object' ? 'object' : 'something else'}`, { ...purpose, todo })
    }
    const place = placeOf(step)
    const result = parseEntry(resultSchema, step.value, { file, place, purpose })
    const { image_id: id, caption, file_name: fileName = null } = result
    yield { kind: 'caption', photo: { id, fileName }, caption: plainCaption(caption, { author: authorOf(result), details: detailsOf(result) }), place }
  }
}

export const cocoResults: DatasetFormat = {
  id: 'coco-results',
  title: 'COCO results',
  extensions: ['.json'],
  looksLike: ({ text }) => /^\s*\[/.test(text) && (/"image_id"\s*:/.test(text) || /^\s*\[\s*\]\s*$/.test(text)),
  read,
}
