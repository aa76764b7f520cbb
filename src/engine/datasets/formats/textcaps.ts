/** TextCaps (Sidorov et al. 2020): `{data: [{image_id, image_path, caption_str, set_name}, …]}`, an entry a caption. `reference_strs` says all captions of a photo again. */
import { z } from 'zod'
import { imageIdSchema } from '#shared/domain.ts'
import { splitOf } from '../columns.ts'
import { flagsOf } from '../details.ts'
import { parseEntry, placeOf } from '../entry.ts'
import type { DatasetFormat } from '../format.ts'
import { readJson } from '../json-stream.ts'
import { plainCaption, type DatasetItem } from '../record.ts'
import type { TextReading } from '../text-file.ts'

const entrySchema = z.looseObject({
  image_id: imageIdSchema,
  image_path: z.string().min(1).optional(),
  image_name: z.string().min(1).optional(),
  caption_str: z.string().optional(),
  set_name: z.string().optional(),
})

async function* read(file: string, reading: TextReading): AsyncGenerator<DatasetItem> {
  for await (const step of readJson(file, { ...reading, lists: ['data'] })) {
    if (step.kind === 'top') continue
    const place = placeOf(step)
    const entry = parseEntry(entrySchema, step.value, { file, place, purpose: reading.purpose })
    const { image_id: id, image_path: path, image_name: name, caption_str: text } = entry
    // Its photos are called by their ids.
    const fileName = path ?? (name === undefined ? `${String(id)}.jpg` : /\.\w{3,4}$/.test(name) ? name : `${name}.jpg`)
    yield { kind: 'photo', fileName, id, split: splitOf(entry.set_name ?? null), tags: [], size: null, place }
    if (text === undefined) yield { kind: 'left-out', place, reason: 'The entry holds no caption.' }
    else yield { kind: 'caption', photo: { fileName, id }, caption: plainCaption(text, { flags: flagsOf(entry) }), place }
  }
}

export const textcaps: DatasetFormat = {
  id: 'textcaps',
  title: 'TextCaps',
  extensions: ['.json'],
  looksLike: ({ text }) => /^\s*\{/.test(text) && /"caption_str"\s*:/.test(text),
  read,
}
