/**
 * Karpathy's splits (Karpathy & Fei-Fei 2015), `dataset_coco.json` and its like: `{images: [{filename, filepath, cocoid, split, sentences: [{raw}]}], dataset}`. `restval` counts as
 * train, as captioning papers do.
 */
import { z } from 'zod'
import { imageIdSchema } from '#shared/domain.ts'
import { splitOf } from '../columns.ts'
import { authorOf, detailsOf } from '../details.ts'
import { parseEntry, placeOf } from '../entry.ts'
import type { DatasetFormat } from '../format.ts'
import { readJson } from '../json-stream.ts'
import { plainCaption, type DatasetItem } from '../record.ts'
import type { TextReading } from '../text-file.ts'

const imageSchema = z.object({
  filename: z.string().min(1),
  filepath: z.string().optional(),
  cocoid: imageIdSchema.optional(),
  split: z.string().optional(),
  sentences: z.array(z.looseObject({ raw: z.string() })),
})

async function* read(file: string, reading: TextReading): AsyncGenerator<DatasetItem> {
  const { purpose } = reading
  for await (const step of readJson(file, { ...reading, lists: ['images'] })) {
    if (step.kind === 'top') continue
    const place = placeOf(step)
    const { filename, filepath = '', cocoid: id = null, split = null, sentences } = parseEntry(imageSchema, step.value, { file, place, purpose })
    const fileName = filepath === '' ? filename : `${filepath}/${filename}`
    yield { kind: 'photo', fileName, id, split: splitOf(split), tags: [], size: null, place }
    for (const sentence of sentences) {
      const caption = plainCaption(sentence.raw, { author: authorOf(sentence), details: detailsOf(sentence) })
      yield { kind: 'caption', photo: { fileName, id }, caption, place }
    }
  }
}

export const karpathy: DatasetFormat = {
  id: 'karpathy',
  title: 'Karpathy’s dataset JSON (restval counts as train)',
  extensions: ['.json'],
  looksLike: ({ text }) => /^\s*\{/.test(text) && /"sentences"\s*:/.test(text) && /"filename"\s*:/.test(text),
  read,
}
