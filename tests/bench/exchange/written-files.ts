/** Files of many captions in every format that comes in, and the photos that they are of. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cp, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { crc32, deflateSync } from 'node:zlib'
import { create } from 'tar'
import { plainCaption } from '#engine/datasets/record.ts'
import { writers } from '#engine/datasets/writers.ts'
import type { WrittenPhoto } from '#engine/datasets/writers/writer.ts'
import type { ExportFormat } from '#shared/exchange.ts'
import { writeHuggingFaceParquet } from '../../support/packed-files.ts'
import { sharedData } from '../../support/shared-data.ts'

/** Photos of one pixel, and their captions: Flickr8k's from ../shared/data, then pairs of their halves. */
export function writtenPhotos(folder: string, count: number, perPhoto: number): WrittenPhoto[] {
  const texts = captions(count * perPhoto)
  return Array.from({ length: count }, (_, index) => {
    const fileName = `${Math.floor(index / 1000)}/photo${index}.png`
    const path = join(folder, fileName)
    if (index % 1000 === 0) mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, smallPng(index))
    const own = texts.slice(index * perPhoto, (index + 1) * perPhoto).map((text) => plainCaption(text))
    return { id: index + 1, fileName, path, size: { width: 1, height: 1 }, split: 'train', captions: own, boxes: [] }
  })
}

function captions(count: number): string[] {
  const file = sharedData === undefined ? undefined : join(sharedData, 'flickr8k', 'captions.token.txt')
  const real =
    file === undefined
      ? ['a dog runs on the beach', 'two men sit in a red car']
      : readFileSync(file, 'utf8')
          .split('\n')
          .flatMap((line) => line.split('\t').slice(1))
  return Array.from({ length: count }, (_, index) => {
    if (index < real.length) return real[index]
    const [first, second] = [real[(index * 7919) % real.length], real[(index * 104_729) % real.length]].map((text) => text.split(' '))
    return [...first.slice(0, first.length / 2), ...second.slice(second.length / 2)].join(' ')
  })
}

function smallPng(index: number): Buffer {
  const chunk = (type: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type), data])
    const length = Buffer.alloc(4)
    length.writeUInt32BE(data.length)
    const sum = Buffer.alloc(4)
    sum.writeUInt32BE(crc32(body))
    return Buffer.concat([length, body, sum])
  }
  const header = Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 0])
  const pixel = Buffer.from([0, index & 255, (index >> 8) & 255, (index >> 16) & 255])
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', header), chunk('IDAT', deflateSync(pixel)), chunk('IEND', Buffer.alloc(0))])
}

export interface WrittenFile {
  file: string
  /** What the command line is told of it, beside the file. */
  options: string[]
}

/** How each is written, by name: only what is measured is made. */
export function filesOf(folder: string, photos: WrittenPhoto[]): Record<string, () => WrittenFile | Promise<WrittenFile>> {
  const root = join(folder, 'photos')
  const place = (name: string): string => join(folder, name)
  const written = async (format: ExportFormat, name: string): Promise<string> => {
    const writer = writers[format]
    if (writer.kind !== 'file') throw new Error(`${format} is a folder`)
    await writeFile(place(name), writer.pieces(photos, { details: [], description: '' }))
    return place(name)
  }
  /** A line a caption, or with `each` a line a photo. */
  const lines = (name: string, line: (photo: WrittenPhoto, text: string, index: number) => string, { head = '', each = false } = {}): string => {
    const all = photos.flatMap((photo) => (each ? photo.captions.slice(0, 1) : photo.captions).map(({ text }, index) => line(photo, text, index)))
    writeFileSync(place(name), head + all.join(''))
    return place(name)
  }
  const beside = (file: string): WrittenFile => ({ file, options: ['--images', root] })
  const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`
  /** A folder with all photos and what lies beside them. */
  const folderWith = async (name: string, files: Iterable<[string, string | Uint8Array]>): Promise<string> => {
    await cp(root, place(name), { recursive: true })
    for (const [file, content] of files) writeFileSync(join(place(name), file), content)
    return place(name)
  }
  const textsBeside = (name: string): Promise<string> =>
    folderWith(
      name,
      photos.map(({ fileName, captions }): [string, string] => [fileName.replace('.png', '.txt'), `${captions.map(({ text }) => text).join('\n')}\n`]),
    )
  const metadata = async (end: 'jsonl' | 'csv' | 'parquet'): Promise<string> => {
    const format = ({ jsonl: 'json-lines', csv: 'csv', parquet: 'parquet' } as const)[end]
    return folderWith(`folder-${end}`, [[`metadata.${end}`, readFileSync(await written(format, `metadata-${end}`))]])
  }
  const conversation = (text: string): object[] => [
    { from: 'human', value: '?' },
    { from: 'gpt', value: text },
  ]
  return {
    'coco-captions': async () => beside(await written('coco-captions', 'captions.json')),
    karpathy: async () => beside(await written('karpathy', 'karpathy.json')),
    flickr8k: () => beside(lines('all.token.txt', ({ fileName }, text, index) => `${fileName}#${index}\t${text}\n`)),
    'captions.txt': () => beside(lines('captions.txt', ({ fileName }, text) => `${fileName},${quoted(text)}\n`, { head: 'image,caption\n' })),
    'results.csv': () =>
      beside(
        lines('results.csv', ({ fileName }, text, index) => `${fileName}| ${index}| ${text.replaceAll('|', ' ')}\n`, {
          head: 'image_name| comment_number| comment\n',
        }),
      ),
    csv: async () => beside(await written('csv', 'all.csv')),
    tsv: () => beside(lines('all.tsv', ({ fileName, id }, text) => `${id}\t${fileName}\t${text}\n`, { head: 'image_id\tfile_name\tcaption\n' })),
    'json-lines': async () => beside(await written('json-lines', 'all.jsonl')),
    parquet: async () => beside(await written('parquet', 'all.parquet')),
    textcaps: () => {
      const rows = photos.flatMap(({ id, fileName, captions }) =>
        captions.map(({ text }, index) => ({
          image_id: fileName.replace('.png', ''),
          image_path: fileName,
          caption_id: Number(id) * 10 + index,
          caption_str: text,
        })),
      )
      writeFileSync(place('textcaps.json'), JSON.stringify({ dataset_type: 'train', dataset_name: 'textcaps', data: rows }))
      return beside(place('textcaps.json'))
    },
    'conversations (JSON)': () => {
      const samples = photos.flatMap(({ fileName, captions }) => captions.map(({ text }) => ({ image: fileName, conversations: conversation(text) })))
      writeFileSync(place('llava.json'), JSON.stringify(samples, null, 1))
      return beside(place('llava.json'))
    },
    'conversations (lines)': () =>
      beside(lines('llava.jsonl', ({ fileName }, text) => `${JSON.stringify({ image: fileName, conversations: conversation(text) })}\n`)),
    'conceptual-captions': () => beside(lines('cc.tsv', ({ fileName }, text) => `${text}\thttps://example.org/x\t${fileName}\n`)),
    sidecar: async () => ({ file: await textsBeside('beside'), options: ['--caption-is', 'line'] }),
    'image-folder (jsonl)': async () => ({ file: await metadata('jsonl'), options: [] }),
    'image-folder (csv)': async () => ({ file: await metadata('csv'), options: [] }),
    'image-folder (parquet)': async () => ({ file: await metadata('parquet'), options: [] }),
    'webdataset (tar)': async () => {
      await create({ cwd: await textsBeside('samples'), file: place('00000.tar'), portable: true }, ['.'])
      return { file: place('00000.tar'), options: ['--caption-is', 'line'] }
    },
    'parquet of photos': () => {
      const rows = photos.flatMap(({ path, fileName, captions: [{ text }] }) => ({ bytes: readFileSync(path), path: fileName, text }))
      writeHuggingFaceParquet(place('train.parquet'), rows, 1000)
      return { file: place('train.parquet'), options: [] }
    },
  }
}

/** Captions alone, of photos that a workspace has. */
export const captionsAlone = ['coco-captions', 'karpathy', 'flickr8k', 'csv', 'json-lines', 'parquet', 'conversations (lines)'] as const

export async function resultsFile(folder: string, photos: WrittenPhoto[]): Promise<WrittenFile> {
  const writer = writers['coco-results']
  if (writer.kind !== 'file') throw new Error('COCO results are one file')
  await writeFile(join(folder, 'results.json'), writer.pieces(photos, { details: [], description: '' }))
  return { file: join(folder, 'results.json'), options: [] }
}

/** As many boxes a photo as it has captions. */
export function instancesFile(folder: string, photos: WrittenPhoto[]): string {
  const images = photos.map(({ id, fileName }) => ({ id, file_name: fileName, width: 100, height: 100 }))
  const annotations = photos.flatMap(({ id, captions }) =>
    captions.map((_, index) => ({
      id: Number(id) * 10 + index,
      image_id: id,
      category_id: 1,
      bbox: [index, 10, 20, 30],
      iscrowd: 0,
      segmentation: [[1, 2, 3, 4, 5, 6]],
    })),
  )
  writeFileSync(join(folder, 'instances.json'), JSON.stringify({ images, annotations, categories: [{ id: 1, name: 'dog' }] }))
  return join(folder, 'instances.json')
}
