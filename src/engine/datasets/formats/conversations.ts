/**
 * LLaVA's and ShareGPT's conversations: `[{id, image, conversations: [{from, value}, …]}]`. What the assistant answers first is the caption; photos are
 * named by `image` (a name or a list of one).
 */
import { z } from 'zod'
import { imageIdSchema } from '#shared/domain.ts'
import { parseEntry, placeOf } from '../entry.ts'
import type { DatasetFormat } from '../format.ts'
import { readJson } from '../json-stream.ts'
import { plainCaption, type DatasetItem } from '../record.ts'
import type { TextReading } from '../text-file.ts'

const turns = z.array(z.object({ from: z.string().optional(), role: z.string().optional(), value: z.string().optional(), content: z.string().optional() }))
const sampleSchema = z.object({
  id: imageIdSchema.optional(),
  image: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).optional(),
  conversations: turns.optional(),
  messages: turns.optional(),
})

const answerers = new Set(['gpt', 'assistant', 'model', 'bot'])

async function* read(file: string, reading: TextReading): AsyncGenerator<DatasetItem> {
  for await (const step of readJson(file, { ...reading, lists: [] })) {
    if (step.kind === 'top') continue
    const place = placeOf(step)
    const { image, conversations, messages } = parseEntry(sampleSchema, step.value, { file, place, purpose: reading.purpose })
    const fileName = typeof image === 'string' ? image : image?.length === 1 ? image[0] : null
    if (fileName === null) {
      yield { kind: 'left-out', place, reason: image === undefined ? 'The conversation is about no photo.' : 'The conversation is about several photos.' }
      continue
    }
    const answer = (conversations ?? messages ?? []).find(({ from, role }) => answerers.has((from ?? role ?? '').toLowerCase()))
    const text = answer?.value ?? answer?.content ?? ''
    yield { kind: 'photo', fileName, id: null, split: null, tags: [], size: null, place }
    if (text.trim() === '') yield { kind: 'left-out', place, reason: 'The conversation holds no answer.' }
    else yield { kind: 'caption', photo: { fileName, id: null }, caption: plainCaption(text.trim()), place }
  }
}

export const conversations: DatasetFormat = {
  id: 'conversations',
  title: 'LLaVA or ShareGPT conversations',
  extensions: ['.json'],
  looksLike: ({ text }) => /^\s*\[/.test(text) && /"(?:conversations|messages)"\s*:/.test(text) && /"image"\s*:/.test(text),
  read,
}
