/**
 * COCO captions JSON (Chen et al. 2015, "Microsoft COCO Captions", §3): `{images: [{id, file_name}], annotations: [{image_id, caption}]}`; also a
 * plain list of annotations, as `score` has always taken. VizWiz-Captions adds `is_rejected` and `is_precanned`, NoCaps the `domain` of an image.
 */
import { basename } from 'node:path'
import { z } from 'zod'
import { imageIdSchema } from '#shared/domain.ts'
import { authorOf, detailsOf, flagsOf } from '../details.ts'
import { parseEntry, placeOf } from '../entry.ts'
import type { DatasetFormat } from '../format.ts'
import { isInstancesName, namesInstances } from '../instances.ts'
import { readJson } from '../json-stream.ts'
import { unusable } from '../purpose.ts'
import { plainCaption, type DatasetItem } from '../record.ts'
import type { TextReading } from '../text-file.ts'

const imageSchema = z.object({
  id: imageIdSchema,
  file_name: z.string().min(1).optional(),
  width: z.number().positive().optional(),
  height: z.number().positive().optional(),
  domain: z.string().optional(),
})
const annotationSchema = z.looseObject({ image_id: imageIdSchema, caption: z.string() })

const expected = 'a COCO captions file: {"images": [{"id": …}], "annotations": [{"image_id": …, "caption": …}]}'

async function* read(file: string, reading: TextReading): AsyncGenerator<DatasetItem> {
  const { purpose } = reading
  for await (const step of readJson(file, { ...reading, lists: ['images', 'annotations'] })) {
    if (step.kind === 'top') {
      if (step.top === 'other') throw withoutAnnotations(file, reading)
      continue
    }
    const place = placeOf(step)
    if (step.list === 'images') {
      const { id, file_name: fileName, width, height, domain } = parseEntry(imageSchema, step.value, { file, place, purpose })
      const size = width === undefined || height === undefined ? null : { width, height }
      yield { kind: 'photo', id, fileName: fileName ?? null, split: null, tags: domain === undefined ? [] : [domain], size, place }
      continue
    }
    const annotation = parseEntry(annotationSchema, step.value, { file, place, purpose })
    yield {
      kind: 'caption',
      photo: { id: annotation.image_id, fileName: null },
      caption: plainCaption(annotation.caption, { flags: flagsOf(annotation), author: authorOf(annotation), details: detailsOf(annotation) }),
      place,
    }
  }
}

export function withoutAnnotations(file: string, { purpose }: Pick<TextReading, 'purpose'>): Error {
  return unusable(basename(file), 'it has no "annotations"', { ...purpose, todo: `Give ${expected}.` })
}

export const cocoCaptions: DatasetFormat = {
  id: 'coco-captions',
  title: 'COCO captions',
  extensions: ['.json'],
  looksLike: ({ path, text }) =>
    !isInstancesName(path) && /^\s*\{/.test(text) && /"(?:annotations|images)"\s*:/.test(text) && !/"sentences"\s*:/.test(text) && !namesInstances(text),
  read,
}
