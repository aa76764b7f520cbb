/** Encoder packages, search over embeddings, where captioners look, and the feature caches: what needs onnxruntime, photos or gigabytes, but is no job. */
import { join } from 'node:path'
import { z } from 'zod'
import type { AddedEncoderReport, EncoderList, FeatureCacheSummary } from '#shared/domain.ts'
import { addEncoderSchema, encoderId, photoQuerySchema, scoringToolsSchema } from '#shared/domain.ts'
import { createCaptionLooks } from '#engine/library-captioning/caption-looks.ts'
import { createMeteorAlignments } from '#engine/scoring/meteor-alignments.ts'
import { createPhotoSearch } from '#engine/search/photo-search.ts'
import { addEncoder } from '#engine/vision/encoder-import/add-encoder.ts'
import { parseCells } from '#engine/vision/encoder-import/onnx-grid.ts'
import { parseNormalisation } from '#engine/vision/encoder-import/preprocessor-config.ts'
import { findEncoder, listEncoders, removeEncoder } from '#engine/vision/encoders/encoder-registry.ts'
import { checkOf, summarizeEncoder, verifyEncoder } from '#engine/vision/encoders/encoder-summary.ts'
import { evictFeatureCaches, listFeatureCaches, removeFeatureCache } from '#engine/vision/features/feature-housekeeping.ts'
import { storedGrid } from '#engine/vision/features/feature-key.ts'
import { threadProgramsIn } from '#engine/runtime/threads.ts'
import { decodeBeside } from './photo-port.ts'
import { handler, serve } from './serve.ts'

/** Folders of encoder packages; what a person adds goes to the last. */
const roots = z.object({ encoderRoots: z.array(z.string()).min(1) })
const features = z.object({ folder: z.string() })
const ofPhoto = roots.extend({ workspaceFolder: z.string(), modelId: z.string(), imageId: z.number().int().positive() })
const ofCaption = ofPhoto.extend({ text: z.string() })

decodeBeside()
threadProgramsIn(new URL('.', import.meta.url))

const search = createPhotoSearch()
const looks = createCaptionLooks()
const alignments = createMeteorAlignments()

serve(
  'vision',
  {
    list: handler(roots, ({ encoderRoots }) => listed(encoderRoots)),
    add: handler(roots.extend({ form: addEncoderSchema }), ({ encoderRoots, form }) => added(ownRoot(encoderRoots), form)),
    verify: handler(roots.extend({ encoderId }), async ({ encoderRoots, encoderId: id }) => verifyEncoder(await findEncoder(encoderRoots, id))),
    remove: handler(roots.extend({ encoderId }), async ({ encoderRoots, encoderId: id }) => {
      await removeEncoder(ownRoot(encoderRoots), id)
      return null
    }),
    search: handler(
      roots.extend({ workspaceFolder: z.string(), encoderId, query: photoQuerySchema, limit: z.number().int().positive() }),
      ({ query, limit, ...place }) => search.answer(place, query, limit),
    ),
    attention: handler(ofCaption, (question) => looks.attention(question)),
    occlusion: handler(ofCaption, (question, { signal }) => looks.occlusion(question, signal)),
    'beam-tree': handler(ofPhoto.extend({ beams: z.number().int().positive() }), ({ beams, ...question }) => looks.beamTree(question, beams)),
    'meteor-alignment': handler(
      z.object({ workspaceFolder: z.string(), imageId: z.number().int().positive(), text: z.string(), tools: scoringToolsSchema }),
      (question) => alignments.answer(question),
    ),
    'features-list': handler(features, ({ folder }) => caches(folder)),
    'features-remove': handler(features.extend({ name: z.string() }), async ({ folder, name }) => {
      await looks.close() // it reads one of them
      removeFeatureCache(folder, name)
      return null
    }),
    'features-evict': handler(features.extend({ maximumBytes: z.number().min(0) }), async ({ folder, maximumBytes }) => {
      await looks.close()
      const removed = evictFeatureCaches(folder, maximumBytes)
      return { removed: removed.length, bytes: removed.reduce((sum, { bytes }) => sum + bytes, 0) }
    }),
  },
  async () => {
    await search.close()
    await looks.close()
  },
)

function ownRoot(encoderRoots: readonly string[]): string {
  return encoderRoots[encoderRoots.length - 1]
}

async function listed(encoderRoots: readonly string[]): Promise<EncoderList> {
  const own = ownRoot(encoderRoots)
  const { encoders, problems } = await listEncoders(encoderRoots)
  return { encoders: encoders.map(({ folder, manifest }) => summarizeEncoder(manifest, folder === join(own, manifest.id))), problems }
}

async function added(root: string, form: z.infer<typeof addEncoderSchema>): Promise<AddedEncoderReport> {
  const { path, name, licence, grid, cells, classToken, size, resize, colour, normalise } = form
  const { manifest, notes, ...run } = await addEncoder({
    path,
    root,
    classToken: classToken ? 'first' : 'dropped',
    ...(name !== undefined && { name }),
    ...(licence !== undefined && { licence }),
    ...(grid !== undefined && { grid }),
    ...(cells !== undefined && { cells: parseCells(cells) }),
    ...(size !== null && { side: size }),
    ...(resize !== null && { resize }),
    ...(colour !== null && { colour }),
    ...(normalise !== undefined && { normalisation: parseNormalisation(normalise) }),
  })
  return { ...checkOf(manifest.id, run), encoder: summarizeEncoder(manifest, true), notes: [...notes] }
}

function caches(folder: string): FeatureCacheSummary[] {
  return listFeatureCaches(folder).map(({ name, key, bytes, usedAt, inUse }) => ({
    name,
    encoderId: key.encoder,
    tokens: storedGrid(key).tokens,
    width: key.width,
    mirrored: key.mirrored,
    bytes,
    usedAt: usedAt.toISOString(),
    inUse,
  }))
}
