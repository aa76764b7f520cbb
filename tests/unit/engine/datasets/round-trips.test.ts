/** Every format that is read against every one that is written: in, out, in again, equal; names and texts are hostile. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatOf, formats, recogniseFile } from '#engine/datasets/formats.ts'
import { gather, mergeSameFiles } from '#engine/datasets/gather.ts'
import { purposes } from '#engine/datasets/purpose.ts'
import { plainCaption } from '#engine/datasets/record.ts'
import { safeCell } from '#shared/tables/spreadsheet-cell.ts'
import { writers } from '#engine/datasets/writers.ts'
import type { WrittenPhoto } from '#engine/datasets/writers/writer.ts'
import type { Split } from '#shared/domain.ts'
import { exportFormats, exportFormatTitles, type ExportFormat } from '#shared/exchange.ts'
import { writeBareParquet, writeTar } from '../../../support/packed-files.ts'
import { temporaryFolder } from '../../../support/temporary-folder.ts'

interface Photo {
  name: string
  texts: readonly string[]
  split: Split
}

const purpose = purposes.import
const json = JSON.stringify
const photosOf = (photos: readonly Photo[]): WrittenPhoto[] =>
  photos.map(({ name, texts, split }, index) => {
    const captions = texts.map((text) => plainCaption(text))
    return { id: index + 1, fileName: name, path: '', size: { width: 1, height: 1 }, split, captions, boxes: [] }
  })

/** Writes photos in a format of ours and returns what is to be read again. */
async function writeAs(format: ExportFormat, photos: readonly Photo[]): Promise<string> {
  const folder = temporaryFolder()
  const writer = writers[format]
  if (writer.kind === 'file') {
    const pieces: Uint8Array[] = []
    for await (const piece of writer.pieces(photosOf(photos), { details: [], description: 'x' })) pieces.push(Buffer.from(piece))
    const file = join(folder, `out${exportFormatTitles[format].ending}`)
    writeFileSync(file, Buffer.concat(pieces))
    return file
  }
  const put = (path: string, content: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
  for (const entry of writer.entries(photosOf(photos), { details: [], description: 'x' })) put(entry.path, 'text' in entry ? [...entry.text].join('') : '')
  if (format === 'image-folder') return join(folder, 'metadata.jsonl')
  for (const { name } of photos) put(name, '')
  return folder
}

/** What a file brings. A format that knows neither names nor splits is given them. */
async function readAgain(path: string, named?: ReadonlyMap<unknown, string>): Promise<Photo[]> {
  const { format } = await recogniseFile(path)
  if (format === null) throw new Error(`${path} is not recognised`)
  const { photos, leftOut } = await gather(format.read(path, { purpose, captionIs: 'line' }), { file: path, purpose })
  expect(leftOut).toEqual([])
  return mergeSameFiles(photos)
    .map(({ fileName, ids, captions, split }) => ({
      name: fileName ?? named?.get(ids[0]) ?? '',
      texts: captions.map(({ text }) => text),
      split: split ?? 'none',
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Formats of others, as they are written elsewhere. */
const foreign: Record<string, (photos: readonly Photo[]) => string | Promise<string>> = {
  flickr8k: (photos) => filed('x.token.txt', photos.flatMap(({ name, texts }) => texts.map((text, index) => `${name}#${index}\t${text}\n`)).join('')),
  conversations: (photos) =>
    filed(
      'llava.json',
      json(
        photos.flatMap(({ name, texts }) =>
          texts.map((value) => ({
            image: name,
            conversations: [
              { from: 'human', value: '<image>' },
              { from: 'gpt', value },
            ],
          })),
        ),
      ),
    ),
  textcaps: (photos) =>
    filed(
      'textcaps.json',
      json({
        data: photos.flatMap(({ name, texts, split }, index) =>
          texts.map((text) => ({ caption_str: text, image_id: `i${index}`, image_path: name, set_name: split })),
        ),
      }),
    ),
  // Formulas made harmless, as careful programs write tables: an apostrophe before a sign is read as that.
  table: (photos) =>
    filed(
      'x.tsv',
      `file_name\tcaption\tsplit\n${photos.flatMap(({ name, texts, split }) => texts.map((text) => [name, text, split].map(safeCell).map(tsvCell).join('\t') + '\n')).join('')}`,
    ),
  webdataset: async (photos) => {
    const tar = join(temporaryFolder(), 'shard.tar')
    const members = photos.flatMap(({ texts, split }, index): [string, string][] => [
      [`${index}.jpg`, 'x'],
      [`${index}.json`, json({ caption: texts, split })],
    ])
    await writeTar(tar, Object.fromEntries(members))
    return tar
  },
  'folder a split': (photos) => {
    const folder = temporaryFolder()
    for (const split of ['train', 'dev', 'test'] as const) {
      const own = photos.filter((photo) => photo.split === split)
      if (own.length === 0) continue
      mkdirSync(join(folder, split))
      writeFileSync(join(folder, split, 'metadata.jsonl'), own.map(({ name, texts }) => `${json({ file_name: name, text: texts })}\n`).join(''))
    }
    return folder
  },
  'parquet with photos': (photos) => {
    const file = join(temporaryFolder(), 'x.parquet')
    writeBareParquet(
      file,
      'jpg',
      photos.map(({ texts }) => ({ bytes: new Uint8Array([1]), text: texts[0] })),
    )
    return file
  },
}

function tsvCell(text: string): string {
  return /["\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

function filed(name: string, content: string): string {
  const file = join(temporaryFolder(), name)
  writeFileSync(file, content)
  return file
}

/** Names that file systems have, and spreadsheets, addresses and shells trip over. */
const name = fc
  .string({ unit: fc.constantFrom(...Array.from('=+-@\'",;#%\\& ab犬é\u0301.')), minLength: 1, maxLength: 8 })
  .filter((text) => text.trim() === text && !text.startsWith('.'))
  .map((text) => `${text}.png`)
const word = fc
  .string({ unit: fc.constantFrom(...Array.from('=+-@\'",;|#%\\<>{}\t ab犬🐕é\u0301.')), minLength: 1, maxLength: 10 })
  .filter((text) => text.trim() === text)
/** Names that differ by case alone, or by what stands for their letters, are one on some disks. */
const sameOnDisk = ({ name: each }: { name: string }): string => each.normalize('NFC').toLowerCase().replaceAll('\\', '/')
const sets = fc.uniqueArray(
  fc.record({
    name: fc.oneof(
      name,
      name.map((each) => `sub/${each}`),
    ),
    texts: fc.uniqueArray(word, { minLength: 1, maxLength: 3 }),
    split: fc.constantFrom<Split>('train', 'dev', 'test'),
  }),
  { minLength: 1, maxLength: 4, selector: sameOnDisk },
)

/** What a format has no place for. */
const lacks = (format: string): { splits: boolean } => ({
  splits: ['coco-results', 'coco-captions', 'sidecar', 'flickr8k', 'conversations', 'parquet with photos'].includes(format),
})

/** Sources whose photos are called by their places. */
const ownNames = new Set(['webdataset', 'folder a split', 'parquet with photos'])

const sources = [...exportFormats, ...Object.keys(foreign)]

test('every format that is read is a source here', () => {
  const read = [...sources, 'json-lines'].map(
    (each) => ({ csv: 'table', 'image-folder': 'json-lines', 'parquet with photos': 'parquet', 'folder a split': 'image-folder' })[each] ?? each,
  )
  expect([...new Set(read)].sort()).toEqual(formats.map(({ id }) => id).sort())
  for (const id of read) expect(formatOf(id).id).toBe(id)
})

test.each(sources)('%s, to every format and back', async (source) => {
  await fc.assert(
    fc.asyncProperty(sets, async (set) => {
      const path = source in foreign ? await foreign[source](set) : await writeAs(source as ExportFormat, set)
      const names = new Map(set.map(({ name: fileName }, index) => [index + 1, fileName]))
      const first = await readAgain(path, names)
      const wanted = set.map((photo) => ({ ...photo, split: lacks(source).splits ? 'none' : photo.split })).sort((a, b) => (a.name < b.name ? -1 : 1))
      if (!ownNames.has(source)) expect(first).toEqual(wanted)
      for (const format of exportFormats) {
        const again = await readAgain(await writeAs(format, first), new Map(first.map(({ name: fileName }, index) => [index + 1, fileName])))
        expect(again, `${source} → ${format}`).toEqual(first.map((photo) => ({ ...photo, split: lacks(format).splits ? 'none' : photo.split })))
      }
    }),
    { numRuns: 12 },
  )
})
