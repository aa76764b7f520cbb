/**
 * `npm run bench -- import`: peak memory and seconds of `capstan import` for files of 100,000 captions (20,000 photos of five) in every format that is streamed, each in a
 * process of its own. Captions are Flickr8k's from ../shared/data, then pairs of their halves. Options: `--photos n`, `--only a,b`,
 * `--keep folder` (an existing one, in which all stays).
 */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32, deflateSync } from 'node:zlib'
import { parseArgs } from 'node:util'
import { writers } from '#engine/datasets/writers.ts'
import { plainCaption } from '#engine/datasets/record.ts'
import type { WrittenPhoto } from '#engine/datasets/writers/writer.ts'
import { sharedData } from '../support/shared-data.ts'

const perPhoto = 5

export async function run(args: string[]): Promise<unknown> {
  const { values } = parseArgs({ args, options: { photos: { type: 'string', default: '20000' }, only: { type: 'string' }, keep: { type: 'string' } } })
  const folder = values.keep ?? mkdtempSync(join(tmpdir(), 'capstan-import-'))
  try {
    const photos = writtenPhotos(join(folder, 'photos'), Number(values.photos))
    const files = await writtenFiles(folder, photos)
    const root = join(folder, 'photos')
    const measured: Record<string, { peakMb: number; seconds: number }> = {}
    const only = values.only?.split(',')
    const measure = async (name: string, workspace: string, ...options: string[]): Promise<void> => {
      if (only === undefined || only.some((each) => name.startsWith(each))) {
        measured[name] = await peakOf(['import', join(folder, workspace), ...options])
        process.stderr.write(`${name}: ${JSON.stringify(measured[name])}\n`)
      }
    }
    for (const [name, file] of Object.entries(files.withPhotos)) await measure(name, `w-${name}`, '--captions', file, '--images', root)
    // Captions of photos that are there.
    await peakOf(['import', join(folder, 'there'), '--folder', root])
    for (const [name, file] of Object.entries(files.captions)) {
      for (const as of ['results', 'references', 'corrections'] as const) {
        const workspace = `w-${name}-${as}`
        await cp(join(folder, 'there'), join(folder, workspace), { recursive: true })
        await measure(`${name} as ${as}`, workspace, `--${as}`, file, ...(as === 'results' ? ['--model-name', 'other'] : []))
        rmSync(join(folder, workspace), { recursive: true, force: true })
      }
    }
    return measured
  } finally {
    if (values.keep === undefined) rmSync(folder, { recursive: true, force: true })
  }
}

/** What a process of the command line takes at most. */
async function peakOf(options: string[]): Promise<{ peakMb: number; seconds: number }> {
  const told = `data:text/javascript,process.on('exit',()=>process.stderr.write('peak '+process.resourceUsage().maxRSS+'\\n'))`
  const started = performance.now()
  const child = spawn(process.execPath, ['--import', told, 'src/cli/capstan.ts', ...options], { stdio: ['ignore', 'ignore', 'pipe'] })
  let text = ''
  child.stderr.on('data', (piece: Buffer) => (text = (text + piece.toString()).slice(-4000)))
  const code = await new Promise((resolve) => child.on('close', resolve))
  if (code !== 0) throw new Error(`capstan ${options.join(' ')} ended with ${String(code)}: ${text}`)
  return { peakMb: Math.round(Number(/peak (\d+)/.exec(text)?.[1]) / 1024), seconds: Math.round((performance.now() - started) / 1000) }
}

function writtenPhotos(folder: string, count: number): WrittenPhoto[] {
  const texts = captions(count * perPhoto)
  return Array.from({ length: count }, (_, index) => {
    const fileName = `${Math.floor(index / 1000)}/photo${index}.png`
    const path = join(folder, fileName)
    if (index % 1000 === 0) mkdirSync(join(folder, String(Math.floor(index / 1000))), { recursive: true })
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

/** A photo of one pixel. */
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

async function writtenFiles(folder: string, photos: WrittenPhoto[]): Promise<Record<'withPhotos' | 'captions', Record<string, string>>> {
  const write = async (name: keyof typeof writers, file: string): Promise<string> => {
    const writer = writers[name]
    if (writer.kind !== 'file') throw new Error(`${name} is a folder`)
    const pieces: Uint8Array[] = []
    for await (const piece of writer.pieces(photos, { details: [], description: '' })) pieces.push(Buffer.from(piece))
    writeFileSync(join(folder, file), Buffer.concat(pieces))
    return join(folder, file)
  }
  const lines = (file: string, line: (photo: WrittenPhoto, text: string, index: number) => string): string => {
    writeFileSync(join(folder, file), photos.flatMap((photo) => photo.captions.map(({ text }, index) => line(photo, text, index))).join(''))
    return join(folder, file)
  }
  const table = await write('csv', 'all.csv')
  const jsonLines = await write('json-lines', 'all.jsonl')
  const coco = await write('coco-captions', 'captions.json')
  return {
    withPhotos: {
      'coco-captions': coco,
      karpathy: await write('karpathy', 'karpathy.json'),
      flickr8k: lines('all.token.txt', ({ fileName }, text, index) => `${fileName}#${index}\t${text}\n`),
      csv: table,
      'json-lines': jsonLines,
      parquet: await write('parquet', 'all.parquet'),
      conversations: lines(
        'llava.jsonl',
        ({ fileName }, text) =>
          `${JSON.stringify({
            image: fileName,
            conversations: [
              { from: 'human', value: '?' },
              { from: 'gpt', value: text },
            ],
          })}\n`,
      ),
      'conceptual captions': lines('cc.tsv', ({ fileName }, text) => `${text}\thttps://example.org/x\t${fileName}\n`),
    },
    captions: { 'coco-results': await write('coco-results', 'results.json'), csv: table, 'json-lines': jsonLines, 'coco-captions': coco },
  }
}
