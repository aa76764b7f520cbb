/** Reads changed files of every format, one after the other, and says of each whether it was taken, refused in words, or went wrong. */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { parquetWriteBuffer } from 'hyparquet-writer'
import sharp from 'sharp'
import { create } from 'tar'
import { recogniseFile } from '#engine/datasets/formats.ts'
import { gather } from '#engine/datasets/gather.ts'
import { readInstances } from '#engine/datasets/instances.ts'
import { purposes } from '#engine/datasets/purpose.ts'
import { readReferences, readResults } from '#engine/datasets/scored-captions.ts'
import { readExperimentRecipe } from '#engine/experiments/recipe.ts'
import { listPacked, readPhoto } from '#engine/files/photo-file.ts'
import { readSafetensors } from '#engine/files/safetensors.ts'
import { decodeModel } from '#engine/graph/onnx/onnx-proto.ts'
import { buildDocumentFrequency, loadDocumentFrequency, serializeDocumentFrequency } from '#engine/metrics/document-frequency.ts'
import { readModelPackage } from '#engine/models/model-package.ts'
import { mergeShards, type MergedShards } from '#engine/shards/merge-shards.ts'
import { openShardWriter, type ShardHeader } from '#engine/shards/shard-file.ts'
import { readRecipe } from '#engine/training/runs/staged-recipe.ts'
import { readEncoderManifest } from '#engine/vision/encoders/encoder-package.ts'
import { decodePhoto } from '#engine/vision/photos/decode-photo.ts'
import { closeDatabase, openDatabase } from '#engine/workspace/storage/database.ts'
import { fromReport, toReport } from '#shared/errors.ts'
import { defaultEncoderFolder } from '../../../scripts/build-encoder.ts'
import { writeTinyModel } from '../../support/tiny-model.ts'
import { diceOf, oneOf, type Dice } from '../findings.ts'

const [home = '', seed = '1', count = '100'] = process.argv.slice(2)
const dice = diceOf(Number(seed))

interface Format {
  name: string
  sample: Uint8Array
  /** Reads a file of these bytes. */
  read(file: string): Promise<unknown>
}

async function dataset(file: string): Promise<unknown> {
  const { format } = await recogniseFile(file)
  const reading = { purpose: purposes.import }
  return format === null ? null : gather(format.read(file, reading), { file, ...reading, listedOnly: true })
}

/** A folder copied beside with one of its files replaced. */
function inFolder(folder: string, name: string, read: (folder: string) => Promise<unknown>): Format['read'] {
  return async (file) => {
    const place = join(home, 'packages', 'changed')
    cpSync(folder, place, { recursive: true })
    writeFileSync(join(place, name), readFileSync(file))
    await read(place).finally(() => rmSync(place, { recursive: true, force: true }))
  }
}

async function samples(): Promise<Format[]> {
  const text = (name: string, content: unknown, read: Format['read'] = dataset): Format => ({
    name,
    sample: Buffer.from(typeof content === 'string' ? content : JSON.stringify(content)),
    read,
  })
  const images = [1, 2, 3].map((id) => ({ id, file_name: `${id}.jpg`, width: 64, height: 48 }))
  const coco = { images, annotations: [1, 2, 3].map((id) => ({ id, image_id: id, caption: `a photo of number ${id}` })) }
  const instances = { images, annotations: [{ id: 1, image_id: 1, category_id: 18, bbox: [1, 2, 30, 20], iscrowd: 0 }], categories: [{ id: 18, name: 'dog' }] }
  const karpathy = {
    dataset: 'coco',
    images: [{ filename: '1.jpg', split: 'train', filepath: 'val', cocoid: 9, sentences: [{ raw: 'A room .', tokens: ['a'] }] }],
  }
  const results = [1, 2, 3].map((id) => ({ image_id: id, caption: `number ${id}` }))
  const table = buildDocumentFrequency([[['a', 'dog']], [['a', 'cat', 'on', 'a', 'mat']]], 'simple')
  const model = join(home, 'models', 'tiny')
  await writeTinyModel(join(home, 'models'), defaultEncoderFolder, ['a red car', 'two dogs'])
  const workspace = join(home, 'workspace')
  closeDatabase(await openDatabase(workspace, true))
  const picture = sharp({ create: { width: 64, height: 48, channels: 3, background: 'red' } })
  const input = JSON.parse(readFileSync(join(defaultEncoderFolder, 'manifest.json'), 'utf8')) as { input: Parameters<typeof decodePhoto>[0]['input'] }
  const photo = async (path: string): Promise<void> => {
    const decoded = await decodePhoto({ path, input: input.input, mirrored: false, known: new BigUint64Array() })
    if (decoded.kind === 'failed') throw fromReport(decoded.report)
  }
  const packed = join(home, 'packed')
  mkdirSync(packed, { recursive: true })
  const bytes = await picture.clone().png().toBuffer()
  const members = { 'a.png': bytes, 'a.txt': 'a dog', 'b.png': bytes, 'b.json': '{"caption":"a cat"}' }
  for (const [name, content] of Object.entries(members)) writeFileSync(join(packed, name), content)
  await create({ cwd: packed, file: join(packed, 'photos.tar'), portable: true }, Object.keys(members))
  writeFileSync(join(packed, 'photos.parquet'), new Uint8Array(parquetOf([1, 2, 3].map((row) => ({ bytes, text: `number ${row}` })))))
  const shard = join(packed, 'shard.jsonl')
  const writer = await openShardWriter(shard, shardHeader)
  writer.append([1, 2, 3].map((id, place) => ({ place, made: { id, name: `${id}.jpg`, text: `number ${id}`, logProbability: -id } })))
  await writer.finish()
  const emptyTraining = { epochs: 2, captioner: { width: 16 } }
  return [
    text('coco.json', coco),
    text('karpathy.json', karpathy),
    text('results.json', results),
    text('lines.jsonl', results.map((each) => JSON.stringify({ file_name: `${each.image_id}.jpg`, text: each.caption })).join('\n')),
    text('tokens.txt', '1.jpg#0\tA room .\n1.jpg#1\tA large room .\n2.jpg#0\tA bear .\n'),
    text('table.csv', 'image,caption\n1.jpg,A room .\n2.jpg,"A bear , brown ."\n'),
    text('talk.json', [
      {
        id: '1',
        image: '1.jpg',
        conversations: [
          { from: 'human', value: '<image>\nDescribe.' },
          { from: 'gpt', value: 'A room.' },
        ],
      },
    ]),
    text('references.json', coco, readReferences),
    text('scored.json', results, readResults),
    text('instances.json', instances, readInstances),
    text('recipe.json', emptyTraining, readRecipe),
    text(
      'experiment.json',
      { name: 'x', data: { captions: 'c', images: 'i', trainList: 't', devList: 'd' }, encoders: ['e'], captioners: [], recipes: [] },
      readExperimentRecipe,
    ),
    text('table.json', serializeDocumentFrequency(table), loadDocumentFrequency),
    { name: 'table.json.gz', sample: gzipSync(serializeDocumentFrequency(table)), read: loadDocumentFrequency },
    { name: 'model-manifest', sample: readFileSync(join(model, 'manifest.json')), read: inFolder(model, 'manifest.json', readModelPackage) },
    {
      name: 'model-weights',
      sample: readFileSync(join(model, 'weights.safetensors')),
      read: (file) => Promise.resolve(readSafetensors(readFileSync(file), file)),
    },
    {
      name: 'encoder-manifest',
      sample: readFileSync(join(defaultEncoderFolder, 'manifest.json')),
      read: inFolder(join(home, 'empty'), 'manifest.json', readEncoderManifest),
    },
    {
      name: 'small.onnx',
      sample: (await import('../../support/small-onnx.ts')).bytesOf((await import('../../support/small-onnx.ts')).numbersModel()),
      read: (file) => Promise.resolve(decodeModel(readFileSync(file))),
    },
    { name: 'photo.jpg', sample: await picture.clone().jpeg().toBuffer(), read: photo },
    { name: 'photo.png', sample: await picture.clone().png().toBuffer(), read: photo },
    { name: 'photo.webp', sample: await picture.clone().webp().toBuffer(), read: photo },
    { name: 'photos.tar', sample: readFileSync(join(packed, 'photos.tar')), read: packedPhotos },
    { name: 'photos.parquet', sample: readFileSync(join(packed, 'photos.parquet')), read: packedPhotos },
    { name: 'shard.jsonl', sample: readFileSync(shard), read: async (file) => mergeCaptions(await mergeShards([file])) },
    { name: 'shard.jsonl.unfinished', sample: Buffer.from(`${readFileSync(shard, 'utf8').split('\n').slice(0, -2).join('\n')}\n`), read: goOn },
    { name: 'workspace.db', sample: readFileSync(join(workspace, 'workspace.db')), read: inFolder(join(home, 'empty'), 'workspace.db', openAndClose) },
  ]
}

/** Photos and a text each. */
function parquetOf(rows: readonly { bytes: Uint8Array; text: string }[]): ArrayBuffer {
  return parquetWriteBuffer({
    columnData: [
      { name: 'image', data: rows.map(({ bytes }) => bytes), type: 'BYTE_ARRAY' },
      { name: 'text', data: rows.map(({ text }) => text), type: 'STRING' },
    ],
  })
}

const shardHeader: ShardHeader = { format: 'capstan-shard', version: 1, work: 'caption', shard: { index: 1, count: 1 }, settings: {}, items: 3 }

/** Goes on with a shard that a kill left. */
async function goOn(file: string): Promise<void> {
  const whole = file.slice(0, -'.unfinished'.length)
  ;(await openShardWriter(whole, shardHeader)).close()
}

/** Its captions as a data set, and every photo in it. */
async function packedPhotos(file: string): Promise<void> {
  await dataset(file)
  for (const name of (await listPacked(file)).names) await readPhoto(join(file, name))
}

/** What `merge` makes of a shard of captions. */
async function mergeCaptions(merged: MergedShards): Promise<void> {
  const { mergeCaptions: merge } = await import('../../../src/cli/sharded/captioned-shards.ts')
  process.exitCode = 0
  await merge(merged, { shards: 1, results: join(home, 'merged.json'), parquet: true, rules: { inputs: [], replace: true } })
  process.exitCode = 0
}

async function openAndClose(folder: string): Promise<void> {
  closeDatabase(await openDatabase(folder, false))
}

/** One to four changes: bytes set, bits turned, pieces cut, doubled or swapped, numbers made huge, quotes and brackets strewn in. */
function changed(sample: Uint8Array, dice: Dice): Uint8Array {
  let bytes: Uint8Array = Uint8Array.from(sample)
  for (let change = dice(1, 4); change > 0 && bytes.length > 0; change--) {
    const at = dice(0, bytes.length - 1)
    const end = Math.min(bytes.length, at + dice(1, 40))
    switch (dice(0, 6)) {
      case 0:
        bytes[at] = dice(0, 255)
        break
      case 1:
        bytes[at] ^= 1 << dice(0, 7)
        break
      case 2:
        bytes = bytes.slice(0, at)
        break
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)])
        break
      case 4:
        bytes = Buffer.concat([bytes.subarray(0, end), bytes.subarray(at)])
        break
      case 5:
        bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from(oneOf(dice, strewn)), bytes.subarray(at)])
        break
      default:
        bytes = Buffer.concat([bytes.subarray(end), bytes.subarray(0, end)])
    }
  }
  return bytes
}
const strewn = [
  '"',
  '{',
  ']',
  ',',
  '\\',
  '\0',
  '\r',
  '\ufeff',
  '1e999',
  '-1',
  '99999999999999999999',
  'null',
  '[[[[[[[[',
  '\ud83d',
  '__proto__',
  '\u202e',
] as const

mkdirSync(join(home, 'empty'), { recursive: true })
const formats = await samples()
for (let number = 0; number < Number(count); number++) {
  const { name, sample, read } = formats[number % formats.length]
  const file = join(home, `${number}-${name}`)
  writeFileSync(file, changed(sample, dice))
  process.stderr.write(`reading ${file}\n`)
  const report = await Promise.resolve()
    .then(() => read(file))
    .then(
      () => null,
      (error: unknown) => toReport(error),
    )
  const wrong = report?.code === 'internal'
  process.stdout.write(
    `${wrong ? 'wrong' : report === null ? 'taken' : 'refused'}\t${name}\t${wrong ? `${report.happened} ${file}`.replaceAll(/\s+/g, ' ') : ''}\n`,
  )
  if (!wrong) rmSync(file)
}
process.exit(0)
