import { writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { formats, recogniseFile } from '#engine/datasets/formats.ts'
import { gather, mergeSameFiles, type Gathered } from '#engine/datasets/gather.ts'
import type { DatasetReading } from '#engine/datasets/format.ts'
import { purposes } from '#engine/datasets/purpose.ts'
import { temporaryFolder } from '../../../support/temporary-folder.ts'

function file(name: string, content: string | object): string {
  const path = join(temporaryFolder(), name)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

async function read(path: string, given: Partial<DatasetReading> = {}): Promise<Gathered & { format: string }> {
  const { format } = await recogniseFile(path)
  if (format === null) throw new Error(`${basename(path)} is not recognised`)
  const gathered = await gather(format.read(path, { purpose: purposes.import, ...given }), {
    file: path,
    purpose: purposes.import,
    listedOnly: true,
    marked: true,
  })
  return { ...gathered, format: format.id }
}

const short = ({ photos }: Gathered): unknown => photos.map(({ fileName, ids, split, captions }) => [fileName, ids, split, captions.map(({ text }) => text)])

test('every format has an id and a title of its own', () => {
  expect(new Set(formats.map(({ id }) => id)).size).toBe(formats.length)
  expect(new Set(formats.map(({ title }) => title)).size).toBe(formats.length)
})

test('COCO captions: annotations before images, ids that are words, domains as tags, VizWiz’s flags', async () => {
  const found = await read(
    file('captions.json', {
      annotations: [
        { image_id: 'b', caption: 'two', is_rejected: true, is_precanned: false },
        { image_id: 7, caption: 'one' },
      ],
      images: [
        { id: 7, file_name: 'a.jpg', domain: 'in-domain' },
        { id: 'b', file_name: 'b.jpg' },
      ],
    }),
  )
  expect(found.format).toBe('coco-captions')
  expect(short(found)).toEqual([
    ['a.jpg', [7], null, ['one']],
    ['b.jpg', ['b'], null, ['two']],
  ])
  expect(found.photos[0].tags).toEqual(['in-domain'])
  expect(found.photos[1].captions[0].flags).toEqual(['rejected'])
})

test('a caption of an image that is not listed is left out and told; the others come', async () => {
  const found = await read(
    file('stray.json', {
      images: [{ id: 1, file_name: '1.jpg' }],
      annotations: [
        { image_id: 1, caption: 'a room' },
        { image_id: 2, caption: 'a bear' },
      ],
    }),
  )
  expect(short(found)).toEqual([['1.jpg', [1], null, ['a room']]])
  expect(found.leftOut).toEqual([{ place: 'stray.json, annotations.1.image_id', reason: 'there is no image 2' }])
})

test('two ids of one file are one photo that has both', async () => {
  const { photos } = await read(
    file('two-ids.json', {
      images: [1, 2, 3].map((id) => ({ id, file_name: id === 2 ? '2.jpg' : '1.jpg' })),
      annotations: [
        { image_id: 1, caption: 'a room' },
        { image_id: 3, caption: 'a living room' },
      ],
    }),
  )
  expect(mergeSameFiles(photos).map(({ fileName, ids, captions }) => [fileName, ids, captions.length])).toEqual([
    ['1.jpg', [1, 3], 2],
    ['2.jpg', [2], 0],
  ])
})

test('Karpathy’s JSON brings its splits, restval as train, and folders', async () => {
  const image = (filename: string, split: string): object => ({
    filename,
    split,
    filepath: 'val2014',
    cocoid: 9,
    sentences: [{ raw: 'A room .', tokens: ['a'] }],
  })
  const found = await read(file('dataset_coco.json', { dataset: 'coco', images: [image('a.jpg', 'restval')] }))
  expect(found.format).toBe('karpathy')
  expect(short(found)).toEqual([['val2014/a.jpg', [9], 'train', ['A room .']]])
})

test('Kaggle’s captions.txt quotes commas', async () => {
  const found = await read(file('captions.txt', 'image,caption\n1.jpg,A room .\n2.jpg,"A bear , brown ."\n1.jpg,"He said ""no"" ."\n'))
  expect(found.format).toBe('table')
  expect(short(found)).toEqual([
    ['1.jpg', [], null, ['A room .', 'He said "no" .']],
    ['2.jpg', [], null, ['A bear , brown .']],
  ])
})

test('Kaggle’s results.csv has bars, quotes nothing, and a line without its last bar', async () => {
  const found = await read(
    file('results.csv', 'image_name| comment_number| comment\n1.jpg| 0| A man in a "hat .\n2.jpg| 4   A dog runs across the grass .\n3.jpg| 1\n'),
  )
  expect(short(found)).toEqual([
    ['1.jpg', [], null, ['A man in a "hat .']],
    ['2.jpg', [], null, ['A dog runs across the grass .']],
  ])
  expect(found.leftOut).toEqual([{ place: 'results.csv, line 4', reason: 'The line has 2 columns where there are 3.' }])
})

test('Hugging Face’s metadata, as lines of JSON and as CSV', async () => {
  const lines = await read(
    file('metadata.jsonl', '{"file_name": "a.jpg", "text": "one"}\n{"file_name": "b.jpg", "text": ["two", "three"], "split": "validation"}\n'),
  )
  expect(lines.format).toBe('json-lines')
  expect(short(lines)).toEqual([
    ['a.jpg', [], null, ['one']],
    ['b.jpg', [], 'dev', ['two', 'three']],
  ])
  expect(short(await read(file('metadata.csv', 'file_name,text\na.jpg,one\n')))).toEqual([['a.jpg', [], null, ['one']]])
})

test('columns are chosen by a person where their names do not tell', async () => {
  const path = file('table.tsv', 'which\tfile\tcaption\twho\n1\ta.jpg\tone\tOFA\n')
  const { photos } = await read(path, { columns: { caption: 'caption', photo: 'file', author: 'who' } })
  expect(photos[0].captions[0]).toMatchObject({ text: 'one', author: 'OFA' })
  await expect(read(path, { columns: { caption: 'no such' } })).rejects.toThrow('there is no column “no such”')
})

test('conversations give the first answer; one about no photo is left out', async () => {
  const sample = {
    id: '1',
    image: 'a.jpg',
    conversations: [
      { from: 'human', value: '<image>\nDescribe.' },
      { from: 'gpt', value: 'A dog.' },
    ],
  }
  const found = await read(file('llava.json', [sample, { ...sample, image: undefined }]))
  expect(found.format).toBe('conversations')
  expect(short(found)).toEqual([['a.jpg', [], null, ['A dog.']]])
  expect(found.leftOut).toHaveLength(1)
})

test('conversations as lines, with messages of pieces and a list of one photo', async () => {
  const message = {
    images: ['b.jpg'],
    messages: [
      { role: 'user', content: 'Describe.' },
      { role: 'assistant', content: [{ type: 'text', text: 'A cat.' }] },
    ],
  }
  const lines = [message, { ...message, images: ['b.jpg', 'c.jpg'] }].map((each) => `${JSON.stringify(each)}\n`).join('')
  const found = await read(file('sharegpt.jsonl', lines))
  expect(found.format).toBe('conversations')
  expect(short(found)).toEqual([['b.jpg', [], null, ['A cat.']]])
  expect(found.leftOut).toEqual([{ place: 'sharegpt.jsonl, line 2', reason: 'The conversation is about several photos.' }])
})

test('TextCaps gives each entry’s caption, its split, and what is marked', async () => {
  const entry = { image_id: '00a', image_path: 'train/00a.jpg', caption_str: 'A sign.', reference_strs: ['A sign.', 'Two signs.'], set_name: 'train' }
  const found = await read(
    file('TextCaps_0.1_train.json', { dataset_name: 'textcaps', data: [entry, { ...entry, caption_str: 'Two signs.', is_precanned: true }] }),
  )
  expect(found.format).toBe('textcaps')
  expect(short(found)).toEqual([['train/00a.jpg', ['00a'], 'train', ['A sign.', 'Two signs.']]])
  expect(found.photos[0].captions.map(({ flags }) => flags)).toEqual([[], ['precanned']])
})

test('Conceptual Captions begins with a row: its columns are told by what is in them', async () => {
  const path = file('cc3m.tsv', 'a "big dog\thttps://example.org/1.jpg\timages/1.jpg\na cat\thttps://example.org/2\timages/2.jpg\n')
  const found = await read(path)
  expect(found.format).toBe('table')
  expect(short(found)).toEqual([
    ['images/1.jpg', [], null, ['a "big dog']],
    ['images/2.jpg', [], null, ['a cat']],
  ])
  await expect(read(file('addresses.tsv', 'a dog\thttps://example.org/1.jpg\n'))).rejects.toThrow('no column names the photos')
  expect(short(await read(file('open_clip.csv', 'filepath\ttitle\n1.jpg\tA dog, big\n')))).toEqual([['1.jpg', [], null, ['A dog, big']]])
})

test('COCO results, token files with bare CR, and nothing that is something else', async () => {
  expect((await recogniseFile(file('r.json', [{ image_id: 1, caption: 'a' }]))).format?.id).toBe('coco-results')
  const tokens = await read(file('old.token.txt', 'a#1.jpg#0\tone\ra#1.jpg#1\ttwo\r'))
  expect(short(tokens)).toEqual([['a#1.jpg', [], null, ['one', 'two']]])
  for (const [name, text] of [
    ['a.json', '{"name": "package"}'],
    ['b.txt', 'some words\nand more'],
    ['d.json', '[1, 2]'],
  ] as const)
    expect((await recogniseFile(file(name, text))).format, name).toBeNull()
})
