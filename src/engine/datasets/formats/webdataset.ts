/**
 * WebDataset shards: tar files whose members of one name up to its first dot are one sample (`0001.jpg`, `0001.txt`, `0001.json`), as img2dataset writes them. The photo
 * is read in place: its name is the shard’s and its own, `00000.tar/0001.jpg`.
 */
import { basename, join, relative } from 'node:path'
import { z } from 'zod'
import { compressedTarReason, isCompressedTar } from '#engine/files/packed/compressed.ts'
import { packedEnd } from '#engine/files/packed/packed-path.ts'
import { listPacked, readFromTar } from '#engine/files/photo-file.ts'
import { AppError, sentence, toReport } from '#shared/errors.ts'
import type { Columns } from '#shared/exchange.ts'
import { parseJson } from '#shared/json.ts'
import { meantColumns, rowItems } from '../columns.ts'
import type { DatasetFormat, DatasetReading } from '../format.ts'
import { filesBelow, isFolder, shardFiles, type ShardFile } from '../packed-files.ts'
import { isPhotoName } from '../photo-listing.ts'
import { portableName } from '../photo-paths.ts'
import { unusable } from '../purpose.ts'
import { plainCaption, type DatasetItem, type PhotoName } from '../record.ts'
import { decodeText } from '../text-file.ts'
import { captionsIn, largestText } from './texts.ts'

interface Sample {
  photos: string[]
  /** Members by what stands after the first dot of their names, in small letters. */
  others: Map<string, string>
}

const textEnds = ['txt', 'caption', 'cap', 'text']
const recordSchema = z.record(z.string(), z.unknown())

async function* read(file: string, reading: DatasetReading): AsyncGenerator<DatasetItem> {
  const shards = await shardFiles(file, '.tar')
  if (await isFolder(file))
    for await (const { folder, name } of filesBelow(file))
      if (isCompressedTar(name)) yield { kind: 'left-out', place: portableName(relative(file, join(folder, name))), reason: compressedTarReason }
  for (const [index, shard] of shards.entries()) {
    const told = shards.length > 1 ? `${shard.name}, ` : ''
    const { names, leftOut } = await listPacked(shard.path).catch((cause: unknown) => {
      throw unusable(basename(shard.path), toReport(cause).happened.replace(/^[^:]*: |\.$/g, ''), reading.purpose, cause)
    })
    for (const { name, reason } of leftOut) yield { kind: 'left-out', place: `${told}${name}`, reason }
    let done = 0
    const samples = samplesOf(names)
    for (const [key, sample] of samples) {
      if (done % 256 === 0 && reading.signal?.aborted) throw new AppError('cancelled', 'Reading was cancelled.', { kept: reading.purpose.kept })
      yield* sampleItems(shard, sample, { place: `${told}${key}`, reading })
      done += 1
      if (done % 256 === 0) reading.onProgress?.(index + done / samples.size, shards.length)
    }
    reading.onProgress?.(index + 1, shards.length)
  }
}

function samplesOf(names: readonly string[]): Map<string, Sample> {
  const samples = new Map<string, Sample>()
  for (const name of names) {
    const own = name.slice(name.lastIndexOf('/') + 1)
    const dot = own.indexOf('.', 1)
    if (dot === -1) continue
    const key = name.slice(0, name.length - own.length + dot)
    const sample = samples.get(key) ?? { photos: [], others: new Map<string, string>() }
    samples.set(key, sample)
    if (isPhotoName(own)) sample.photos.push(name)
    else sample.others.set(own.slice(dot + 1).toLowerCase(), name)
  }
  return samples
}

async function* sampleItems(
  shard: ShardFile,
  { photos, others }: Sample,
  { place, reading }: { place: string; reading: DatasetReading },
): AsyncGenerator<DatasetItem> {
  if (photos.length !== 1) {
    if (photos.length > 1) yield { kind: 'left-out', place, reason: `The sample has ${photos.length} photos.` }
    else if (others.size > 0) yield { kind: 'left-out', place, reason: 'The sample has no photo.' }
    return
  }
  const fileName = `${shard.name}/${photos[0]}`
  let photo: PhotoName = { fileName, id: null }
  const text = async (member: string): Promise<string> => decodeText(await readFromTar({ container: shard.path, member }, largestText), member, reading)
  try {
    const record = others.has('json') ? recordSchema.parse(parseJson(await text(others.get('json') ?? ''))) : {}
    const own = textEnds.map((end) => others.get(end)).find((name) => name !== undefined)
    const columns: Columns = { ...meantColumns(Object.keys(record), reading.columns), photo: photoKey }
    // A text beside the photo says what the record says again.
    const captions = own === undefined ? null : captionsIn(await text(own), reading)
    for (const item of rowItems({ ...record, [photoKey]: fileName }, columns, place)) {
      if (item.kind === 'photo') photo = item
      // A photo without a caption comes in as it is.
      if (item.kind === 'photo' || (item.kind === 'caption' && captions === null)) yield item
    }
    for (const caption of captions ?? []) yield { kind: 'caption', photo, caption: plainCaption(caption), place }
  } catch (cause) {
    if (cause instanceof AppError && cause.code === 'cancelled') throw cause
    yield { kind: 'photo', fileName, id: null, split: null, tags: [], size: null, place }
    yield {
      kind: 'left-out',
      place,
      reason: `What is written of it cannot be read: ${cause instanceof AppError ? sentence(toReport(cause)) : 'it is no JSON object.'}`,
    }
  }
}

/** Not a key that a record has. */
const photoKey = '\0photo'

export const webdataset: DatasetFormat = {
  id: 'webdataset',
  title: 'WebDataset shards (tar)',
  extensions: ['.tar'],
  binary: true,
  holdsPhotos: () => true,
  looksLike: ({ path, text }) => packedEnd(path) === '.tar' && (text.slice(257, 262) === 'ustar' || text.startsWith('\0')),
  looksLikeFolder: async (folder) => (await shardFiles(folder, '.tar')).length > 0,
  read,
}
