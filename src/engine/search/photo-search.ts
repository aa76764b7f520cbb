/**
 * Search over a workspace's photos by what an encoder sees: exact, over all cached embeddings. The index and the text tower of the encoder
 * asked for last stay in memory, so that the next question is one pass of inner products.
 */
import type { PhotoQuery, PhotoSearchResult } from '#shared/domain.ts'
import { AppError, assertNever } from '#shared/errors.ts'
import { openEmbeddingCache } from '#engine/vision/search/embeddings.ts'
import { openEmbeddingIndex, type EmbeddingIndex } from '#engine/vision/search/embedding-search.ts'
import type { EncoderManifest } from '#engine/vision/encoders/encoder-manifest.ts'
import { readEncoderManifest } from '#engine/vision/encoders/encoder-package.ts'
import { findEncoder } from '#engine/vision/encoders/encoder-registry.ts'
import { featureKeyName } from '#engine/vision/features/feature-key.ts'
import { duplicateGroups } from '#engine/vision/search/near-duplicates.ts'
import { openTextEncoder, type TextEncoder } from '#engine/vision/encoders/text-encoder.ts'
import { embedLabels, scoreLabels } from '#engine/vision/search/zero-shot.ts'
import { openReadOnly, type Database } from '#engine/workspace/storage/database.ts'
import { workspaceLayout } from '#engine/workspace/storage/layout.ts'
import { imageContents } from '#engine/workspace/repositories/images.ts'

export interface SearchPlace {
  workspaceFolder: string
  encoderRoots: readonly string[]
  encoderId: string
}

export interface PhotoSearch {
  /** Throws AppError `not-found` for an encoder or image that is not there, `unavailable` saying what is missing: embeddings, or a text tower. */
  answer(place: SearchPlace, query: PhotoQuery, limit: number): Promise<PhotoSearchResult>
  close(): Promise<void>
}

/** The embedded photos of one workspace under one encoder; `keys` of the index are image ids. */
interface Embedded {
  /** changes when images or embeddings are added */
  state: string
  index: EmbeddingIndex
  placeOf: ReadonlyMap<number, number>
  total: number
}

export function createPhotoSearch(): PhotoSearch {
  let embedded: Embedded | undefined
  let tower: { folder: string; texts: TextEncoder } | undefined

  const embeddedPhotos = async (workspaceFolder: string, manifest: EncoderManifest): Promise<Embedded> => {
    const database = openReadOnly(workspaceFolder)
    try {
      const state = await stateOf(database, workspaceFolder, manifest)
      if (embedded?.state !== state) embedded = await readEmbedded(database, workspaceFolder, manifest, state)
      return embedded
    } finally {
      database.close()
    }
  }
  const textsOf = async (folder: string): Promise<TextEncoder> => {
    if (tower?.folder === folder) return tower.texts
    const texts = await openTextEncoder(folder)
    await tower?.texts.close()
    tower = { folder, texts }
    return texts
  }

  return {
    async answer({ workspaceFolder, encoderRoots, encoderId }, query, limit) {
      const folder = await findEncoder(encoderRoots, encoderId)
      const manifest = await readEncoderManifest(folder)
      // What a text query lacks first of all, before hours of embedding, is a text tower.
      const texts = query.kind === 'text' || query.kind === 'label' ? await textsOf(folder) : undefined
      const photos = await embeddedPhotos(workspaceFolder, manifest)
      const { index, total } = photos
      if (index.keys.length === 0)
        throw new AppError('unavailable', `None of the ${total} photos has an embedding of ${manifest.name} yet.`, { todo: 'Compute the embeddings first.' })
      const found = await find(photos, query, limit, texts)
      return { labels: [], groups: 0, ...found, embedded: index.keys.length, total }
    },
    async close() {
      await tower?.texts.close()
      tower = undefined
      embedded = undefined
    },
  }
}

type Found = Pick<PhotoSearchResult, 'images'> & Partial<PhotoSearchResult>

async function find({ index, placeOf }: Embedded, query: PhotoQuery, limit: number, texts: TextEncoder | undefined): Promise<Found> {
  const nearest = (vector: Float32Array): Found => ({
    images: index.search(vector, limit).map(({ key, similarity }) => ({ imageId: Number(key), similarity })),
  })
  switch (query.kind) {
    case 'similar': {
      const place = placeOf.get(query.imageId)
      if (place === undefined) throw new AppError('unavailable', 'This photo has no embedding yet.', { todo: 'Compute the embeddings first.' })
      return nearest(index.vector(place))
    }
    case 'duplicates': {
      const groups = await duplicateGroups(index, { similarity: query.similarity })
      const images = groups.flatMap((group) => {
        const first = index.vector(placeOf.get(Number(group[0])) ?? 0)
        return group.map((key) => ({ imageId: Number(key), similarity: product(first, index.vector(placeOf.get(Number(key)) ?? 0)) }))
      })
      return { images: images.slice(0, limit), groups: groups.length }
    }
    case 'text':
      return nearest(await required(texts).embed([query.text]))
    case 'label':
      return byLabel(index, query, limit, required(texts))
    default:
      return assertNever(query)
  }
}

async function byLabel(index: EmbeddingIndex, { words, label }: Extract<PhotoQuery, { kind: 'label' }>, limit: number, texts: TextEncoder): Promise<Found> {
  const labels = await embedLabels(texts, words)
  const counts = new Map(words.map((word) => [word, 0]))
  const images: Found['images'] = []
  index.keys.forEach((key, place) => {
    const [best] = scoreLabels(labels, index.vector(place))
    counts.set(best.word, (counts.get(best.word) ?? 0) + 1)
    if (best.word === label) images.push({ imageId: Number(key), similarity: best.probability })
  })
  images.sort((a, b) => b.similarity - a.similarity)
  return { images: images.slice(0, limit), labels: [...counts].map(([word, count]) => ({ word, images: count })) }
}

function required(texts: TextEncoder | undefined): TextEncoder {
  if (texts === undefined) throw new AppError('internal', 'A query for texts came without a text tower.')
  return texts
}

function product(one: Float32Array, other: Float32Array): number {
  return one.reduce((sum, value, channel) => sum + value * other[channel], 0)
}

/** Cheap to read, and another whenever the index would be. */
async function stateOf(database: Database, workspaceFolder: string, manifest: EncoderManifest): Promise<string> {
  const counted = (table: string): string => `(SELECT count(*) || '-' || coalesce(max(id), 0) FROM ${table})`
  // Replaced photos are others.
  const images = database
    .prepare<[], string>(`SELECT ${counted('image')} || '-' || ${counted('earlier_photo')}`)
    .pluck()
    .get()
  const cache = openEmbeddingCache(workspaceLayout(workspaceFolder).features, manifest)
  const { key, size } = cache
  await cache.close()
  return [workspaceFolder, featureKeyName(key), size, images].join('|')
}

async function readEmbedded(database: Database, workspaceFolder: string, manifest: EncoderManifest, state: string): Promise<Embedded> {
  const images = imageContents(database)
  const cache = openEmbeddingCache(workspaceLayout(workspaceFolder).features, manifest)
  try {
    const known = images.filter(({ contentHash }) => cache.has(contentHash))
    const index = await openEmbeddingIndex(
      known.map(({ id }) => String(id)),
      cache.key.width,
      (place, destination) => cache.readInto(known[place].contentHash, destination),
    )
    return { state, index, placeOf: new Map(known.map(({ id }, place) => [id, place])), total: images.length }
  } finally {
    await cache.close()
  }
}
