/**
 * LLaVA's and ShareGPT's conversations, a list or an object a line: `{id, image, conversations: [{from, value}, …]}`, or `images` and `messages: [{role, content}]`. What the
 * assistant answers first is the caption; photos are named by `image` (a name or a list of one).
 */
import { z } from 'zod'
import { authorOf } from '../details.ts'
import { jsonLine, parseEntry, placeOf } from '../entry.ts'
import type { DatasetFormat } from '../format.ts'
import { readJson } from '../json-stream.ts'
import { plainCaption, type DatasetItem } from '../record.ts'
import { glimpse, readLines, type TextReading } from '../text-file.ts'

const piece = z.looseObject({ text: z.string().optional() })
const turns = z.array(
  z.object({
    from: z.string().optional(),
    role: z.string().optional(),
    value: z.string().optional(),
    content: z.union([z.string(), z.array(piece)]).optional(),
  }),
)
const named = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).nullish()
const sampleSchema = z.looseObject({ image: named, images: named, conversations: turns.optional(), messages: turns.optional() })

const answerers = new Set(['gpt', 'assistant', 'model', 'bot'])

async function* read(file: string, reading: TextReading): AsyncGenerator<DatasetItem> {
  for await (const { value, place } of samples(file, reading)) {
    const sample = parseEntry(sampleSchema, value, { file, place, purpose: reading.purpose })
    const image = sample.image ?? sample.images ?? []
    const fileName = typeof image === 'string' ? image : image.length === 1 ? image[0] : null
    if (fileName === null) {
      yield { kind: 'left-out', place, reason: image.length === 0 ? 'The conversation is about no photo.' : 'The conversation is about several photos.' }
      continue
    }
    const answer = (sample.conversations ?? sample.messages ?? []).find(({ from, role }) => answerers.has((from ?? role ?? '').toLowerCase()))
    const text = textOf(answer?.value ?? answer?.content ?? '').trim()
    yield { kind: 'photo', fileName, id: null, split: null, tags: [], size: null, place }
    if (text === '') yield { kind: 'left-out', place, reason: 'The conversation holds no answer.' }
    else yield { kind: 'caption', photo: { fileName, id: null }, caption: plainCaption(text, { author: authorOf(sample) }), place }
  }
}

async function* samples(file: string, reading: TextReading): AsyncGenerator<{ value: unknown; place: string }> {
  if ((await glimpse(file, reading.purpose, 1024)).text.trimStart().startsWith('{')) {
    for await (const { text, number } of readLines(file, reading)) {
      const place = `line ${number}`
      yield { value: jsonLine(text, { file, place, purpose: reading.purpose }), place }
    }
    return
  }
  for await (const step of readJson(file, { ...reading, lists: [] })) if (step.kind === 'entry') yield { value: step.value, place: placeOf(step) }
}

/** OpenAI's messages are lists of pieces. */
function textOf(content: string | readonly z.infer<typeof piece>[]): string {
  return typeof content === 'string' ? content : content.map(({ text = '' }) => text).join(' ')
}

export const conversations: DatasetFormat = {
  id: 'conversations',
  title: 'LLaVA or ShareGPT conversations',
  extensions: ['.json', '.jsonl'],
  looksLike: ({ text }) =>
    /^\s*[[{]/.test(text) &&
    /"(?:conversations|messages)"\s*:\s*\[/.test(text) &&
    /"images?"\s*:\s*["[]/.test(text) &&
    !/^\s*\{\s*"images"\s*:\s*\[\s*\{/.test(text),
  read,
}
