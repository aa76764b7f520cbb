import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { formats, recogniseFile } from '#engine/datasets/formats.ts'
import { readCaptionsSource } from '#engine/workspace/import/captions-source.ts'
import { captionsSourceSchema, type CaptionsSource } from '#shared/exchange.ts'
import { writeBareParquet, writeHuggingFaceParquet, writeTar } from '../../../support/packed-files.ts'
import { temporaryFolder } from '../../../support/temporary-folder.ts'

/** What an import would bring: path below the folder, id, split, captions; and what it leaves out. */
async function brings(folder: string, path: string, given: Partial<CaptionsSource> = {}): Promise<{ format: string; photos: unknown; leftOut: string[] }> {
  const source = captionsSourceSchema.parse({ kind: 'captions', file: join(folder, path), imageRoot: '/nowhere', ...given })
  const { format, images, leftOut } = await readCaptionsSource(source)
  const photos = [...images.each(), ...images.each(true)].map(({ path: photo, fileName, sourceId, split, references }) => {
    expect(photo.endsWith(fileName)).toBe(true)
    return [fileName, sourceId, split, references.map(({ text }) => text)]
  })
  return { format, photos, leftOut: leftOut.reasons.map(({ subject, reason }) => `${subject}: ${reason}`) }
}

function folderOf(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = temporaryFolder()
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
  return folder
}

test('WebDataset shards, one or a folder of them: captions from texts and records, samples that are none are told', async () => {
  const folder = temporaryFolder()
  const members = {
    '0001.jpg': 'x',
    '0001.txt': 'a dog\n',
    '0001.json': '{"caption": "said again"}',
    '0002.png': 'x',
    '0002.json': '{"caption": ["a cat", "two cats"], "image_id": 7, "split": "val"}',
    'd/0003.jpg': 'x',
    '0004.txt': 'alone',
    '0005.jpg': 'x',
    '0005.json': '{no record',
    '0006.left.jpg': 'x',
    '0006.right.jpg': 'x',
  }
  mkdirSync(join(folder, 'set'))
  await writeTar(join(folder, 'set', '00000.tar'), members)
  await writeTar(join(folder, 'set', '00001.tar'), { '0001.jpg': 'y', '0001.txt': 'another' })
  const first = [
    ['00000.tar/0001.jpg', null, 'none', ['a dog']],
    ['00000.tar/0002.png', 7, 'dev', ['a cat', 'two cats']],
    ['00000.tar/d/0003.jpg', null, 'none', []],
    ['00000.tar/0005.jpg', null, 'none', []],
  ]
  const one = await brings(folder, 'set/00000.tar')
  expect(one).toEqual({
    format: 'WebDataset shards (tar)',
    photos: first,
    leftOut: [
      '00000.tar, 0004: The sample has no photo.',
      '00000.tar, 0005: What is written of it cannot be read: it is no JSON object.',
      '00000.tar, 0006: The sample has 2 photos.',
    ],
  })
  const all = await brings(folder, 'set')
  expect(all.photos).toEqual([...first, ['00001.tar/0001.jpg', null, 'none', ['another']]])
})

test('Hugging Face’s Parquet with bytes of photos: a folder of its files, splits by their names', async () => {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'data'))
  const bytes = new Uint8Array([1])
  writeHuggingFaceParquet(join(folder, 'data', 'train-00000-of-00001.parquet'), [
    { bytes, path: 'a.jpg', text: 'one' },
    { bytes, text: 'two' },
    { bytes, path: 'c.jpg', text: '' },
  ])
  writeHuggingFaceParquet(join(folder, 'data', 'validation-00000-of-00001.parquet'), [{ bytes, path: 'a.jpg', text: 'three' }])
  expect(await brings(folder, '.')).toEqual({
    format: 'Parquet with named columns',
    photos: [
      ['data/train-00000-of-00001.parquet/0/a.jpg', null, 'train', ['one']],
      ['data/train-00000-of-00001.parquet/1.jpg', null, 'train', ['two']],
      ['data/train-00000-of-00001.parquet/2/c.jpg', null, 'train', []],
      ['data/validation-00000-of-00001.parquet/0/a.jpg', null, 'dev', ['three']],
    ],
    leftOut: [expect.stringContaining('row 3: The row holds no caption.')],
  })
  writeBareParquet(join(folder, 'bare.parquet'), 'jpg', [{ bytes, text: 'four' }])
  expect((await brings(folder, 'bare.parquet')).photos).toEqual([['bare.parquet/0.jpg', null, 'none', ['four']]])
})

test('Hugging Face’s image folder with a folder a split', async () => {
  const folder = folderOf({
    'train/metadata.jsonl': '{"file_name": "a.jpg", "text": "one"}\n{"file_name": "in/b.jpg", "text": ["two", "three"]}\n',
    'train/a.jpg': '',
    'train/in/b.jpg': '',
    'test/metadata.csv': 'file_name,text\na.jpg,four\n,five\n',
    'test/a.jpg': '',
  })
  expect(await brings(folder, '.')).toEqual({
    format: 'Hugging Face image folder',
    photos: [
      ['test/a.jpg', null, 'test', ['four']],
      ['train/a.jpg', null, 'train', ['one']],
      ['train/in/b.jpg', null, 'train', ['two', 'three']],
    ],
    leftOut: [expect.stringContaining('test, line 3: The row names no photo.')],
  })
})

test('texts beside photos: one caption a file or one a line is asked with the count of both', async () => {
  const folder = folderOf({
    'a.jpg': '',
    'a.txt': 'one\ntwo\n\n',
    'sub/b.png': '',
    'sub/b.png.caption': 'three',
    'sub/b.txt': 'four',
    'c.jpg': '',
    'notes.txt': 'of no photo',
  })
  await expect(brings(folder, '.')).rejects.toThrow('The 3 text files hold 4 lines: are they 3 captions, one a file, or 4, one a line?')
  expect((await brings(folder, '.', { captionIs: 'line' })).photos).toEqual([
    ['a.jpg', null, 'none', ['one', 'two']],
    ['c.jpg', null, 'none', []],
    ['sub/b.png', null, 'none', ['four', 'three']],
  ])
  expect((await brings(folder, '.', { captionIs: 'file' })).photos).toContainEqual(['a.jpg', null, 'none', ['one\ntwo']])
})

test('texts of one line each are not asked about; one that is no UTF-8 is told by name', async () => {
  const folder = folderOf({ 'a.jpg': '', 'a.txt': 'one', 'b.jpg': '', 'b.txt': Buffer.from('caf\xe9', 'latin1') })
  const { photos, leftOut } = await brings(folder, '.')
  expect(photos).toEqual([
    ['a.jpg', null, 'none', ['one']],
    ['b.jpg', null, 'none', []],
  ])
  expect(leftOut).toEqual([expect.stringMatching(/b\.txt: it is not UTF-8 text; it looks like Windows-1252/)])
  expect((await brings(folder, '.', { encoding: 'windows-1252' })).photos).toContainEqual(['b.jpg', null, 'none', ['café']])
})

test('a folder is recognised by what lies in it; one of photos alone is none of these', async () => {
  const photos = folderOf({ 'a.jpg': '', 'b.txt': 'other' })
  expect((await recogniseFile(photos)).format).toBeNull()
  expect((await recogniseFile(folderOf({ 'x/y/a.jpg': '', 'x/y/a.caption': 'c' }))).format?.id).toBe('sidecar')
  const linked = temporaryFolder()
  symlinkSync(photos, join(linked, 'out'))
  expect((await recogniseFile(linked)).format).toBeNull()
  expect(formats.filter(({ looksLikeFolder }) => looksLikeFolder !== undefined).map(({ id }) => id)).toEqual([
    'image-folder',
    'webdataset',
    'parquet',
    'sidecar',
  ])
})

test('a damaged shard is told in one sentence', async () => {
  const folder = folderOf({ 'bad.tar': 'no tar file '.repeat(100) })
  await expect(brings(folder, 'bad.tar', { format: 'webdataset' })).rejects.toThrow('bad.tar: it is no tar file.')
})
